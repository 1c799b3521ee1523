import type { CommandTable } from '../../cch/table/index.js';
import { error, ok } from '../answer.js';
import { onForm, type Behaviour } from '../behaviour.js';
import { contextFields, namesFile, newContext, setContext } from '../contexts.js';
import type { Module } from '../module.js';

const information = (module: Module, context: number) => ({
  context,
  fields: contextFields(module.contexts[context] ?? newContext()),
});

function contextBehaviours({ CSSLCFG }: CommandTable): Behaviour[] {
  return [
    onForm(CSSLCFG.test, () => ok(CSSLCFG.test.answer.format([]))),
    onForm(CSSLCFG.read, (_, module) =>
      ok(CSSLCFG.read.answer.format(module.contexts.map((_context, index) => information(module, index)))),
    ),
    onForm(CSSLCFG.query, ({ context }, module) => ok(CSSLCFG.query.answer.format(information(module, context)))),
    onForm(CSSLCFG.write, ({ key, context, value }, module) => {
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
    onForm(CCERTDOWN.write, ({ name, length }, { store }) => {
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
    onForm(CCERTDELE.write, ({ name }, { store }) => (store.files.delete(name) ? ok() : error())),
  ];
}
