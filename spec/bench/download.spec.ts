import { expect } from 'chai';
import { measureDownload } from '../../bench/download.js';
import { FastTime } from '../support/fast-time.js';

describe('a download at 921600 baud with 10 ms latency', () => {
  it('is as fast with frames of 1024 bytes (a76xx) as with larger ones (sim7600)', async () => {
    const conditions = { baudRate: 921_600, latency: 10, size: 256 * 1024 };
    const time = new FastTime();
    const measured = async () => {
      const sim7600 = await measureDownload({ ...conditions, profile: 'sim7600' });
      const a76xx = await measureDownload({ ...conditions, profile: 'a76xx' });
      return a76xx / sim7600;
    };
    expect(await time.until(measured()).finally(() => time.restore())).to.be.at.least(0.9);
  });
});
