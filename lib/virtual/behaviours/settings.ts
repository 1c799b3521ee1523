import { ok, type Answer } from '../answer.js';
import { onPattern, type Behaviour } from '../behaviour.js';
import type { Module } from '../module.js';

/** What a command that keeps a setting needs. */
export interface Setting {
  /** What the write form takes; spaces are taken out before. */
  readonly allowed: RegExp;
  /** What the test form shows. */
  readonly ranges: string;
  /** What the read form shows. */
  readonly shown: (module: Module) => string | number;
  /** Keeps a value that is allowed. `undefined`: it is refused all the same. */
  readonly keep: (module: Module, value: string) => Answer | undefined;
}

/** A command with a test, a read and a write form. */
export function setting(name: string, { allowed, ranges, shown, keep }: Setting): Behaviour {
  return onPattern(new RegExp(`^AT\\+${name}(\\?|=\\?|=(.+))$`, 'i'), (module, form, value) => {
    if (form === '?') return ok([`+${name}: ${shown(module)}`]);
    if (form === '=?') return ok([`+${name}: ${ranges}`]);
    const text = (value ?? '').replaceAll(' ', '');
    return allowed.test(text) ? keep(module, text) : undefined;
  });
}

/** Keeps a setting, and answers `OK`. */
export function kept(keep: (module: Module, value: string) => void): Setting['keep'] {
  return (module, value) => {
    keep(module, value);
    return ok();
  };
}
