import { expect } from 'chai';

import {
  commandTable,
  openQueryMisbehaves,
  profileOfModel,
  profiles,
  versionsOfManual,
  versionsWithTls13,
  type ProfileName,
} from '../../../lib/cch/table/index.js';
import { entries } from './entries.js';
import { families } from './families.js';

describe('profiles', () => {
  it('are found by model', () => {
    const rows: [model: string, name: ProfileName][] = [
      ['SIMCOM_SIM7600E-H', 'sim7600'],
      ['SIM7500A', 'sim7600'],
      ['A7670E-FASE', 'a76xx'],
      ['A7608SA-H', 'a76xx'],
      ['SIM7670G', 'sim767x'],
      ['SIM7672E', 'sim767x'],
      ['SIM7080G', 'manual'],
      ['EC25', 'manual'],
      ['', 'manual'],
    ];
    expect(rows.map(([model]) => profileOfModel(model).name)).to.deep.equal(rows.map(([, name]) => name));
    for (const { name, model } of Object.values(profiles)) expect(profileOfModel(model).name).to.equal(name);
  });

  it('know the firmware whose AT+CCHOPEN? misbehaves', () => {
    expect(openQueryMisbehaves('A7670E-FASE', 'A7670EB02V03')).to.equal(true);
    expect(openQueryMisbehaves('A7608SA-H', 'A7608SAB11V05')).to.equal(true);
    expect(openQueryMisbehaves('A7670E-FASE', 'A7670M7_V1.11.1')).to.equal(false);
    expect(openQueryMisbehaves('SIM7600E-H', 'B02V03')).to.equal(false);
  });

  it('have the keys, columns and versions of their family', () => {
    for (const { name, contextKeys, contextColumns, versions } of Object.values(profiles)) {
      expect(contextKeys, name).to.have.members(families[name].keys);
      expect(contextColumns, name).to.deep.equal(families[name].columns);
      expect(versions, name).to.have.lengthOf(families[name].versions);
    }
    expect(versionsOfManual.map(([oldest, newest]) => `${oldest} ${newest}`)).to.deep.equal([
      'SSLv3 SSLv3',
      'TLSv1 TLSv1',
      'TLSv1.1 TLSv1.1',
      'TLSv1.2 TLSv1.2',
      'SSLv3 TLSv1.2',
    ]);
    expect(versionsWithTls13.map(([oldest, newest]) => `${oldest} ${newest}`)).to.deep.equal([
      'TLSv1.2 TLSv1.2',
      'TLSv1.3 TLSv1.3',
      'TLSv1.2 TLSv1.3',
    ]);
  });

  it('limit file names and explicit reads of their family', () => {
    const rows: [name: ProfileName, longestName: number, longestRead: number][] = [
      ['manual', 128, 1_048_576],
      ['sim7600', 128, 1_048_576],
      ['a76xx', 108, 2048],
      ['sim767x', 55, 2048],
    ];
    for (const [profile, longestName, longestRead] of rows) {
      const { CCERTDELE, CCHRECV } = commandTable(profiles[profile]);
      const name = `${'a'.repeat(longestName - 4)}.pem`;
      expect(CCERTDELE.write.text({ name })).to.equal(`AT+CCERTDELE="${name}"`);
      expect(() => CCERTDELE.write.text({ name: `a${name}` })).to.throw(`5 to ${longestName} bytes`);
      expect(CCHRECV.write.text({ session: 0, length: longestRead })).to.equal(`AT+CCHRECV=0,${longestRead}`);
      expect(() => CCHRECV.write.text({ session: 0, length: longestRead + 1 })).to.throw(`from 0 to ${longestRead}`);
    }
  });
});

describe('forms', () => {
  it('name their section of the manual as it stands in its body, and what they are', () => {
    const sections = [
      ...['CCHSTART', 'CCHSTOP', 'CCHOPEN', 'CCHCLOSE', 'CCHSEND', 'CCHRECV', 'CCHADDR', 'CCHCFG', 'CCHSSLCFG'],
      ...['CCHMODE', 'CCHSET', 'CSSLCFG', 'CCERTDOWN', 'CCERTLIST', 'CCERTDELE'],
    ];
    const letters = { test: 'T', read: 'R', write: 'W', execute: 'E' };
    for (const { command, entry } of entries) {
      const section = `F10${String(sections.indexOf(command) + 1).padStart(2, '0')}`;
      expect(entry.manual).to.equal(`${section} ${letters[entry.kind]})`);
    }
    const table = commandTable(profiles.manual);
    for (const [command, { about }] of Object.entries(table)) {
      expect(about.name).to.equal(`+${command}`);
      expect(about.section).to.equal(`F10${String(sections.indexOf(command) + 1).padStart(2, '0')}`);
      expect(about.purpose).to.match(/^[A-Z][^.]+$/);
    }
  });

  it('give network commands 120 s, and tell when an exchange is over', () => {
    for (const { command, form, entry } of entries) {
      const result = /^CCH(START|STOP|OPEN|CLOSE)$/.test(command) && (form === 'write' || form === 'execute');
      const prompt = form === 'write' && (command === 'CCHSEND' || command === 'CCERTDOWN');
      const data = form === 'write' && command === 'CCHRECV';
      const completion = result ? 'result' : prompt ? 'prompt' : data ? 'data' : 'final';
      expect([entry.completion, entry.maximumTime], `${command} ${form}`).to.deep.equal([
        completion,
        result ? 120_000 : 0,
      ]);
    }
  });

  it('show how they look, one syntax for each key', () => {
    const { CCHOPEN, CCHCFG, CSSLCFG, CCERTLIST } = commandTable(profiles.manual);
    expect(CCHOPEN.write.syntax).to.deep.equal(['AT+CCHOPEN=<session>,<host>,<port>[,<clientType>[,<bindPort>]]']);
    expect(CCHCFG.write.syntax).to.deep.equal([
      'AT+CCHCFG="sendtimeout",<session>,<value>',
      'AT+CCHCFG="sslctx",<session>,<value>',
    ]);
    expect(CSSLCFG.write.syntax).to.have.lengthOf(10);
    expect(CCERTLIST.execute.answer.syntax).to.deep.equal(['+CCERTLIST: <name>']);
    expect(CSSLCFG.read.answer.syntax).to.deep.equal([
      '+CSSLCFG: <context>,<sslversion>,<authmode>,<ignorelocaltime>,<negotiatetime>,<cacert>,<clientcert>,' +
        '<clientkey>,<enableSNI>,<keypwd>,<ciphersuites>',
    ]);
  });
});
