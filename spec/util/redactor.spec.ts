import { expect } from 'chai';
import { Redactor } from '../../lib/util/index.js';

describe('Redactor', () => {
  it('takes secrets out wherever they stand, the longer one first', () => {
    const redactor = new Redactor();
    redactor.add('1234');
    redactor.add('x1234y');
    redactor.add('');
    expect(redactor.clean('AT+CPIN="1234" x1234y')).to.equal('AT+CPIN="***" ***');
  });

  it('leaves the last four digits of an IMEI, IMSI and ICCID', () => {
    const redactor = new Redactor();
    expect(redactor.clean('860000000001234')).to.equal('…1234');
    expect(redactor.clean('+CICCID: 8949020000012345678')).to.equal('+CICCID: …5678');
  });

  it('takes out the user of an access point whom nobody told it of', () => {
    const redactor = new Redactor();
    expect(redactor.clean('+CGAUTH: 1,2,"somebody"')).to.equal('+CGAUTH: 1,2,***');
    expect(redactor.clean('+CGAUTH:1, 2 ,"somebody","hush"')).to.equal('+CGAUTH:1, 2 ,***');
    expect(redactor.clean('+CSOCKAUTH: 1,1,"somebody","hush"')).to.equal('+CSOCKAUTH: 1,1,***');
    expect(redactor.clean('+CGAUTH: 1,0')).to.equal('+CGAUTH: 1,0');
  });

  it('leaves lengths, times and addresses alone', () => {
    const lines = [
      '+CCHRECV: LEN,16384,0',
      '+CCLK: "26/11/22,13:04:05+00"',
      '+CCHADDR: 10.71.155.118',
      '+CCERTLIST: "ca-0123456789abcdef0123456789abcdef.pem"',
    ];
    for (const line of lines) expect(new Redactor().clean(line)).to.equal(line);
  });
});
