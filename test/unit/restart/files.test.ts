import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGuideFile, parseGuide } from '../../../electron/engine/restart/guide-file.ts';
import { commandServerPort, readIbc, usedIbcConfig } from '../../../electron/engine/restart/ibc.ts';
import { beginGuide } from '../../../shared/restart-state.ts';
import { AWAY, look, START, Walk } from './support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sexton-restart-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the guide's file", () => {
  it('keeps a guide for the next run, and tells it only once', async () => {
    const { state } = new Walk().see(look()).see(AWAY);
    await openGuideFile(folder, () => new Date(START)).write(state);
    const next = openGuideFile(folder, () => new Date(START));
    expect(await next.readIfChanged()).toEqual(state);
    expect(await next.readIfChanged()).toBe('unchanged');
  });

  it('tells what another program wrote or removed', async () => {
    const one = openGuideFile(folder, () => new Date(START));
    const other = openGuideFile(folder, () => new Date(START));
    expect(await one.readIfChanged()).toBeNull();
    await other.write(beginGuide(START));
    expect(await one.readIfChanged()).toEqual(beginGuide(START));
    await other.remove();
    expect(await one.readIfChanged()).toBeNull();
  });

  it.each(['', 'not JSON', '{}', JSON.stringify({ ...beginGuide(START), version: 2 }), '[1]'])(
    'moves %j aside',
    async (text) => {
      writeFileSync(join(folder, 'restart.json'), text);
      const file = openGuideFile(folder, () => new Date(START));
      expect(await file.readIfChanged()).toBeNull();
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^restart\.json\.broken-/)]);
      expect(await file.readIfChanged()).toBe('unchanged');
    },
  );

  it('refuses a guide with four steps or a port that is none', () => {
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
  ])('%j has the command server on port %s', (text, port) => {
    expect(commandServerPort(text)).toBe(port);
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
