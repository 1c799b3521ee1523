/** A program on a machine where serialport cannot be loaded: prints the error of opening a serial path. */
import { register } from 'node:module';

const loader = `export async function resolve(specifier, context, next) {
  if (specifier !== 'serialport') return next(specifier, context);
  throw Object.assign(new Error("Cannot find package 'serialport'"), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(loader)}`, import.meta.url);

const { Modem } = await import('../../lib/index.js');
try {
  await Modem.open({ path: '/dev/ttyUSB2' });
} catch (error) {
  const { code, message, cause } = error as { code: string; message: string; cause: Error };
  console.log(JSON.stringify({ code, message, cause: cause.message }));
}
