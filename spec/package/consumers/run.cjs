// Both entries required.
const { Modem, ModemSocket } = require('modem-tls');
const { VirtualModem, createAuthority } = require('modem-tls/virtual');

for (const [name, value] of Object.entries({ Modem, ModemSocket, VirtualModem, createAuthority })) {
  if (typeof value !== 'function') throw new Error(`${name} is ${typeof value}`);
}
if (require('modem-tls/package.json').name !== 'modem-tls') throw new Error('no manifest');

createAuthority()
  .then((authority) => authority.issue({ names: ['a.example'] }))
  .then(({ cert }) => {
    if (!cert.startsWith('-----BEGIN CERTIFICATE-----')) throw new Error(`no certificate: ${cert}`);
  });
