import type { CommandTable } from '../../cch/table/index.js';
import { error, ok } from '../answer.js';
import { onForm, onTest, type Behaviour } from '../behaviour.js';
import { namesFile, setContext } from '../contexts.js';
import { takeFile } from '../upload.js';

function contextBehaviours({ CSSLCFG }: CommandTable): Behaviour[] {
  return [
    onTest(CSSLCFG.test),
    onForm(CSSLCFG.read, (_, { contexts }) =>
      ok(CSSLCFG.read.answer.format(contexts.map((settings, context) => ({ context, settings })))),
    ),
    onForm(CSSLCFG.query, ({ context }, module) =>
      ok(CSSLCFG.query.answer.format({ context, settings: module.context(context) })),
    ),
    onForm(CSSLCFG.write, ({ key, context, value }, module) => {
      if (namesFile(key) && !module.store.files.has(String(value))) return error();
      setContext(module.context(context), key, value);
      return ok();
    }),
  ];
}

/** CSSLCFG, CCERTDOWN, CCERTLIST, CCERTDELE. None of them needs the service. */
export function certificateBehaviours(table: CommandTable): readonly Behaviour[] {
  const { CCERTDOWN, CCERTLIST, CCERTDELE } = table;
  return [
    ...contextBehaviours(table),
    onTest(CCERTDOWN.test),
    onForm(CCERTDOWN.write, ({ name, length }, module) =>
      module.store.fits(name, length) ? takeFile(name, length, module) : error(),
    ),
    onForm(CCERTLIST.execute, (_, { store }) =>
      ok(CCERTLIST.execute.answer.format([...store.files.keys()].map((name) => ({ name })))),
    ),
    onForm(CCERTDELE.write, ({ name }, { store }) => (store.files.delete(name) ? ok() : error())),
  ];
}
