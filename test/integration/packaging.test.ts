import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { createPackage, extractAll } from '@electron/asar';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archived, type Packed, problemsIn, resources } from '../packaging/contents.ts';
import { writeFakeRuntime } from '../packaging/fake-runtime.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const HOST = process.platform === 'darwin' ? 'darwin' : 'linux';
const OTHER = HOST === 'darwin' ? 'linux' : 'darwin';

/** Packs what is built, by electron-builder itself, around a runtime that only looks like Electron's. */
async function pack(folder: string, platform: 'darwin' | 'linux'): Promise<Packed> {
  const system = platform === 'darwin' ? 'mac' : 'linux';
  const output = join(folder, platform);
  await run(
    join(ROOT, 'node_modules/.bin/electron-builder'),
    [
      `--${system}`,
      'dir',
      `--${process.arch}`,
      `-c.electronDist=${writeFakeRuntime(join(folder, `runtime-${platform}`), platform)}`,
      `-c.directories.output=${output}`,
      // There is no real program to sign.
      '-c.electronFuses.resetAdHocDarwinSignature=false',
      '-c.mac.identity=null',
    ],
    { cwd: ROOT },
  );
  const name = readdirSync(output).find((entry) => entry.startsWith(system)) ?? '';
  return { folder: join(output, name), platform, arch: process.arch };
}

let folder: string;
let host: Packed;
let other: Packed;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sexton-packaging-'));
  host = await pack(folder, HOST);
  other = await pack(folder, OTHER);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed app', () => {
  it('contains what it needs and nothing else, with every fuse set', async () => {
    expect(await problemsIn(host)).toEqual([]);
  });

  it('contains no source, no test and no source map', () => {
    const files = archived(join(resources(host), 'app.asar'));
    expect(files).toContain('out/main/main.mjs');
    expect(
      files.filter((file) => /\.(tsx?|map|test\.\w+|spec\.\w+)$|^(test|electron|shared|renderer)\//.test(file)),
    ).toEqual([]);
  });

  it('can be packed for the other system too, except for native code that is not installed here', async () => {
    expect(await problemsIn(other)).toEqual([`koffi's native code for ${OTHER}-${process.arch} is not unpacked.`]);
    expect(archived(join(resources(other), 'app.asar')).filter((file) => file.endsWith('.node'))).toEqual([]);
  });

  it('loads koffi from its unpacked place, and takes a flock with it', () => {
    const load = createRequire(join(resources(host), 'app.asar.unpacked/node_modules/anything.js'));
    const koffi = load('koffi') as { load(name: null): { func(declaration: string): (...args: number[]) => number } };
    const flock = koffi.load(null).func('int flock(int, int)');
    expect(flock(-1, 2)).toBe(-1);
  });

  it('contains every file that its main program imports', () => {
    const main = join(extracted('complete'), 'out/main');
    const imported = readdirSync(main).flatMap((file) =>
      [...readFileSync(join(main, file), 'utf8').matchAll(/["'`]\.\/([\w-]+\.mjs)["'`]/g)].map(([, name = '']) => name),
    );
    expect(imported.length).toBeGreaterThan(0);
    for (const name of imported) expect(existsSync(join(main, name)), name).toBe(true);
  });
});

/** The files of the host's archive in a folder of their own. */
function extracted(name: string): string {
  const to = join(folder, name);
  extractAll(join(resources(host), 'app.asar'), to);
  return to;
}

describe('the check of a packed app', () => {
  it('finds a source, a source map, a stray file, an open fuse, a missing licence and a command that is not executable', async () => {
    const broken: Packed = { ...host, folder: join(folder, 'broken') };
    cpSync(host.folder, broken.folder, { recursive: true, verbatimSymlinks: true });
    const files = extracted('sources');
    mkdirSync(join(files, 'electron'));
    writeFileSync(join(files, 'electron/main.ts'), '');
    writeFileSync(join(files, 'out/main/main.mjs'), '//# sourceMappingURL=main.mjs.map');
    await createPackage(files, join(resources(broken), 'app.asar'));
    const program = join(broken.folder, HOST === 'darwin' ? 'Sexton.app' : 'sexton-app');
    await flipFuses(program, { version: FuseVersion.V1, [FuseV1Options.RunAsNode]: true });
    rmSync(join(resources(broken), 'THIRD-PARTY-LICENSES.txt'));
    chmodSync(join(resources(broken), 'bin/sexton'), 0o644);
    expect(await problemsIn(broken)).toEqual(
      expect.arrayContaining([
        'electron/main.ts does not belong into the package.',
        'out/main/main.mjs names a source map.',
        `node_modules/@koromix/koffi-${HOST}-${process.arch}/${HOST}_${process.arch}/koffi.node stands in the archive too.`,
        'THIRD-PARTY-LICENSES.txt is missing.',
        'bin/sexton is no program.',
        'The fuse RunAsNode is not set as it should be.',
      ]),
    );
  });
});

describe('the packed command', () => {
  /** A program that prints the arguments it was started with, one a line. */
  function program(path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n');
    chmodSync(path, 0o755);
  }

  /** The script in a place, started through a link as doctor makes it. */
  async function printed(script: string): Promise<string[]> {
    mkdirSync(dirname(script), { recursive: true });
    cpSync(join(ROOT, 'assets/bin/sexton'), script);
    const link = join(mkdtempSync(join(folder, 'path-')), 'sexton');
    symlinkSync(script, link);
    const { stdout } = await run(link, ['guard', '--', 'python3', 'a bot.py', '--port', '4002']);
    return stdout.trimEnd().split('\n');
  }

  const given = ['--terminal', '--', 'guard', '--', 'python3', 'a bot.py', '--port', '4002'];

  it('starts the app of its own bundle in terminal mode on macOS', async () => {
    program(join(folder, 'Applications/Sexton.app/Contents/MacOS/Sexton'));
    const [started, ...args] = await printed(join(folder, 'Applications/Sexton.app/Contents/Resources/bin/sexton'));
    expect(started).toMatch(/Contents\/Resources\/bin\/\.\.\/\.\.\/MacOS\/Sexton$/);
    expect(args).toEqual(given);
  });

  it('starts the app beside it on Linux, where no display is needed', async () => {
    program(join(folder, 'opt/Sexton/sexton-app'));
    const [started, ...args] = await printed(join(folder, 'opt/Sexton/resources/bin/sexton'));
    expect(started).toMatch(/\/opt\/Sexton\/resources\/bin\/\.\.\/\.\.\/sexton-app$/);
    expect(args).toEqual(['--ozone-platform=headless', ...given]);
  });
});
