import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGuideFile, parseGuide } from '../../../electron/engine/restart/guide-file.ts';
import { commandServerPort, readIbc, usedIbcConfig } from '../../../electron/engine/restart/ibc.ts';
import { propertyOf } from '../../../electron/engine/restart/properties.ts';
import { beginGuide } from '../../../shared/restart/state.ts';
import { placeIn } from '../../support/record/state-place.ts';
import { AWAY, look, START, Walk } from './support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sexton-restart-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the guide's file", () => {
  it('keeps a guide for the next run, and reports it only once', async () => {
    const { state } = new Walk().see(look()).see(AWAY);
    await openGuideFile(placeIn(folder, 'restart'), () => new Date(START)).write(state);
    const next = openGuideFile(placeIn(folder, 'restart'), () => new Date(START));
    expect(await next.readIfChanged()).toEqual(state);
    expect(await next.readIfChanged()).toBe('unchanged');
  });

  it('reports what another program wrote or removed', async () => {
    const one = openGuideFile(placeIn(folder, 'restart'), () => new Date(START));
    const other = openGuideFile(placeIn(folder, 'restart'), () => new Date(START));
    expect(await one.readIfChanged()).toBeNull();
    await other.write(beginGuide(START));
    expect(await one.readIfChanged()).toEqual(beginGuide(START));
    await other.remove();
    expect(await one.readIfChanged()).toBeNull();
  });

  it('writes nothing over what another program wrote first', async () => {
    const one = openGuideFile(placeIn(folder, 'restart'), () => new Date(START));
    const other = openGuideFile(placeIn(folder, 'restart'), () => new Date(START));
    expect(await one.readIfChanged()).toBeNull();
    expect(await other.write(beginGuide(START))).toBe(true);
    expect(await one.write(beginGuide(START + 5))).toBe(false);
    expect(await one.readIfChanged()).toEqual(beginGuide(START));
    expect(await one.write(beginGuide(START + 5))).toBe(true);
    expect(await other.readIfChanged()).toEqual(beginGuide(START + 5));
  });

  it.each(['', 'not JSON', '{}', JSON.stringify({ ...beginGuide(START), version: 2 }), '[1]'])(
    'keeps %j aside and reports it once',
    async (text) => {
      writeFileSync(join(folder, 'restart.json'), text);
      const place = placeIn(folder, 'restart');
      const file = openGuideFile(place, () => new Date(START));
      expect(await file.readIfChanged()).toBeNull();
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^restart\.json\.broken-/), 'restart.lock']);
      expect(await file.readIfChanged()).toBe('unchanged');
      expect(place.troubles).toMatchObject([{ code: 'corrupt', path: place.path }]);
    },
  );

  it('refuses a guide with four steps or an invalid port', () => {
    const good = new Walk().see(look()).state;
    expect(parseGuide(JSON.stringify(good))).toEqual(good);
    expect(parseGuide(JSON.stringify({ ...good, steps: good.steps.slice(1) }))).toBeNull();
    expect(parseGuide(JSON.stringify({ ...good, ports: [{ ...good.ports?.[0], port: 70_000 }] }))).toBeNull();
  });
});

describe("IBC's settings", () => {
  it.each([
    ['CommandServerPort=7462', 7462],
    ['  CommandServerPort = 7463 \r\nX=1', 7463],
    ['  CommandServerPort = 7463 ', 7463],
    ['#CommandServerPort=7462', null],
    ['CommandServerPort=0', null],
    ['CommandServerPort=', null],
    ['IbPassword=x\nCommandServerPort=0\nCommandServerPort=7000\n', 7000],
    ['CommandServerPort=99999', null],
    ['CommandServerPort: 7462', 7462],
    ['CommandServerPort 7462', 7462],
    ['CommandServerPort\t:\t7462', 7462],
    ['CommandServerPortX=7462', null],
    ['CommandServerPort=746x', null],
    ['IbPassword=x\\\n  CommandServerPort=7462', null],
  ])('%j has the command server on port %s', (text, port) => {
    expect(commandServerPort(text)).toBe(port);
  });

  it.each<[string, string, string | null]>([
    ['an equals sign', 'a=b', 'b'],
    ['a colon', 'a:b', 'b'],
    ['a blank', 'a b', 'b'],
    ['a tab or a form feed', 'a\t\fb', 'b'],
    ['blanks around one separator', ' \t a \t = \f b', 'b'],
    ['a second separator, which is part of the value', 'a = : b', ': b'],
    ['a blank and then a colon', 'a : b c', 'b c'],
    ['a value with blanks at its end', 'a=b ', 'b '],
    ['no value', 'a', ''],
    ['no value after the sign', 'a=', ''],
    ['another key that begins the same', 'ab=1', null],
    ['another case', 'A=1', null],
    ['an empty file', '', null],
    ['a comment', '#a=1', null],
    ['a comment of the other kind, indented', '  ! a=1', null],
    ['a comment that seems to go on', '# x \\\na=1', '1'],
    ['the last of several', 'a=1\na:2\nb=3', '2'],
    ['every kind of line end', 'x=0\ra=1\r\ny=2', '1'],
    ['a value that goes on', 'a=1\\\n   2', '12'],
    ['a key that goes on', 'a\\\n  b=1', null],
    ['a value that goes on after a comment sign', 'x=1\\\n#a=2\na=3', '3'],
    ['two backslashes at the end, which are one', 'x=c:\\\\\na=1', '1'],
    ['an escaped separator in the key', 'a\\=b=1', null],
    ['an escaped letter in the key', '\\u0061=1', '1'],
    ['escapes in the value', 'a=\\t\\u00e9\\q\\\\', '\té' + 'q\\'],
    ['a file that ends in a continuation', 'a=1\\', '1'],
  ])('are read as Java reads them: %s', (_, text, value) => {
    expect(propertyOf(text, 'a')).toBe(value);
  });

  it('are found where IBC looks, or where the running Gateway was told to look', async () => {
    const facts = await readIbc(folder, []);
    expect(facts).toEqual({ expected: join(folder, 'ibc/config.ini'), used: null, found: false, commandPort: null });
    mkdirSync(join(folder, 'ibc'));
    writeFileSync(join(folder, 'ibc/config.ini'), 'IbLoginId=me\nCommandServerPort=7462\n');
    expect(await readIbc(folder, [])).toMatchObject({ found: true, commandPort: 7462 });
    const elsewhere = join(folder, 'own.ini');
    writeFileSync(elsewhere, 'CommandServerPort=7000\n');
    const line = `java -cp jts.jar ibcalpha.ibc.IbcGateway ${elsewhere} [redacted]`;
    expect(usedIbcConfig(['python3 run.py', line])).toBe(elsewhere);
    expect(await readIbc(folder, [line])).toMatchObject({ used: elsewhere, commandPort: 7000 });
  });
});
