// Both entries required.
const { Modem, ModemSocket } = require('modem-tls');
const { VirtualModem } = require('modem-tls/virtual');

for (const [name, value] of Object.entries({ Modem, ModemSocket, VirtualModem })) {
  if (typeof value !== 'function') throw new Error(`${name} is ${typeof value}`);
}
if (require('modem-tls/package.json').name !== 'modem-tls') throw new Error('no manifest');
