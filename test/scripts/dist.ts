/**
 * `npm run dist`: packages what was built, for the system and architecture it runs on, and looks into the result. It fails, in
 * words, where Electron's runtime cannot be had or where anything in the package is not as it should be.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { downloadArtifact } from '@electron/get';
import { type Packed, problemsIn } from '../packaging/contents.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Fetches the runtime into the cache that electron-builder reads too; `null` when it is there, else why not. */
async function missingRuntime(platform: string, arch: string): Promise<string | null> {
  const require = createRequire(import.meta.url);
  const { version } = require('electron/package.json') as { version: string };
  const checksums = require('electron/checksums.json') as Record<string, string>;
  try {
    await downloadArtifact({ version, artifactName: 'electron', platform, arch, checksums });
    return null;
  } catch (thrown) {
    return `Electron ${version} for ${platform}-${arch} could not be fetched: ${reasonOf(thrown)}`;
  }
}

/** In one line. A failed connection says only in its cause what failed. */
function reasonOf(thrown: unknown): string {
  const { message = String(thrown), cause } = thrown as { message?: string; cause?: { code?: string } };
  return `${message.split('\n')[0]}${cause?.code === undefined ? '' : ` (${cause.code})`}`;
}

/** What electron-builder is asked for. A deb needs a maintainer and a homepage, and only its packager can name them. */
function targets(platform: 'darwin' | 'linux', environment: NodeJS.ProcessEnv): string[] {
  if (platform === 'darwin') return ['--mac', 'dmg', 'zip'];
  const { SEXTON_DEB_MAINTAINER: maintainer, SEXTON_HOMEPAGE: homepage } = environment;
  if (maintainer && homepage)
    return ['--linux', 'AppImage', 'deb', `-c.linux.maintainer=${maintainer}`, `-c.extraMetadata.homepage=${homepage}`];
  say('No deb is made: it needs SEXTON_DEB_MAINTAINER ("Name <address>") and SEXTON_HOMEPAGE.');
  return ['--linux', 'AppImage'];
}

function packedFolder(platform: 'darwin' | 'linux', arch: string): Packed {
  const name = readdirSync(DIST).find((entry) => /^(linux(-\w+)?-unpacked|mac(-\w+)?)$/.test(entry)) ?? '';
  return { folder: join(DIST, name), platform, arch };
}

/** On a Mac: says whether the app carries a Developer ID, because macOS treats it quite differently without one. */
function describeSignature({ folder, platform }: Packed): void {
  if (platform !== 'darwin') return;
  const { stderr } = spawnSync('/usr/bin/codesign', ['-dvv', join(folder, 'Sexton.app')], { encoding: 'utf8' });
  const authority = /^Authority=(.*)$/m.exec(stderr)?.[1];
  say(
    authority === undefined
      ? 'Not signed with a Developer ID: macOS will not open a downloaded copy and shows no notifications (CONTRIBUTING.md, "Releasing").'
      : `Signed by: ${authority}`,
  );
}

async function dist(): Promise<number> {
  const { platform, arch } = process;
  if (platform !== 'darwin' && platform !== 'linux') return refuse(`Sexton is not built for ${platform}.`);
  const missing = await missingRuntime(platform, arch);
  if (missing !== null) return refuse(`Nothing was packaged. ${missing}`);
  rmSync(DIST, { recursive: true, force: true });
  const builder = join(ROOT, 'node_modules/.bin/electron-builder');
  const { status } = spawnSync(builder, [...targets(platform, process.env), `--${arch}`], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0 || !existsSync(DIST)) return refuse('Packaging failed: electron-builder says why above.');
  const packed = packedFolder(platform, arch);
  const problems = await problemsIn(packed);
  if (problems.length > 0) return refuse(`The package is not as it should be:\n${problems.join('\n')}`);
  describeSignature(packed);
  const artifacts = readdirSync(DIST).filter((name) => /\.(dmg|zip|AppImage|deb)$/.test(name));
  say(`Packaged and looked into: ${artifacts.map((name) => join('dist', name)).join(', ')}`);
  return artifacts.length > 0 ? 0 : 1;
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}\n`);
  return 1;
}

process.exitCode = await dist();
