import type { CommandTable, Form } from '../../cch/table/index.js';
import { error, ok, type Answer } from '../answer.js';
import { onForm, type Behaviour } from '../behaviour.js';
import { contextFields, namesFile, newContext, setContext } from '../contexts.js';
import type { Module } from '../module.js';

const information = (module: Module, context: number) => ({
  context,
  fields: contextFields(module.contexts[context] ?? newContext()),
});

/** A command with the file name that it writes as `{non-ascii}"<hexadecimal of its UTF-8>"` (F1013). */
function withPlainName(command: string): string {
  return command.replace(/\{non-ascii\}\s*"((?:[0-9a-f]{2})+)"/i, (whole, hexadecimal: string) => {
    const name = Buffer.from(hexadecimal, 'hex').toString();
    return /["\p{Cc}]/u.test(name) ? whole : `"${name}"`;
  });
}

/** A behaviour that answers a form whose file name may be written in either way. */
function onNamed<P, R>(form: Form<P, R>, answer: (parameters: P, module: Module) => Answer): Behaviour {
  const behaviour = onForm(form, answer);
  return (command, module) => behaviour(withPlainName(command), module);
}

function contextBehaviours({ CSSLCFG }: CommandTable): Behaviour[] {
  return [
    onForm(CSSLCFG.test, () => ok(CSSLCFG.test.answer.format([]))),
    onForm(CSSLCFG.read, (_, module) =>
      ok(CSSLCFG.read.answer.format(module.contexts.map((_context, index) => information(module, index)))),
    ),
    onForm(CSSLCFG.query, ({ context }, module) => ok(CSSLCFG.query.answer.format(information(module, context)))),
    onNamed(CSSLCFG.write, ({ key, context, value }, module) => {
      if (namesFile(key) && !module.store.files.has(String(value))) return error();
      const target = module.contexts[context];
      if (target === undefined) return error();
      setContext(target, key, value);
      return ok();
    }),
  ];
}

/** CSSLCFG, CCERTDOWN, CCERTLIST, CCERTDELE. */
export function certificateBehaviours(table: CommandTable): readonly Behaviour[] {
  const { CCERTDOWN, CCERTLIST, CCERTDELE } = table;
  return [
    ...contextBehaviours(table),
    onForm(CCERTDOWN.test, () => ok(CCERTDOWN.test.answer.format([]))),
    onNamed(CCERTDOWN.write, ({ name, length }, { store }) => {
      if (!store.fits(name, length)) return error();
      return {
        kind: 'prompt',
        length,
        answer: (content) => {
          store.put(name, content);
          return ok();
        },
      };
    }),
    onForm(CCERTLIST.execute, (_, { store }) =>
      ok(CCERTLIST.execute.answer.format([...store.files.keys()].map((name) => ({ name })))),
    ),
    onNamed(CCERTDELE.write, ({ name }, { store }) => (store.files.delete(name) ? ok() : error())),
  ];
}
