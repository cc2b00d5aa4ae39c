import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** The parts of electron-builder's own configuration that are looked at here. */
interface Configuration {
  electronFuses: Record<string, boolean>;
  files: { filter: string[] }[];
  asar: boolean;
  asarUnpack: string[];
  extraResources: { from: string; to: string }[];
  mac: {
    target: string[];
    hardenedRuntime: boolean;
    minimumSystemVersion: string;
    entitlements: string;
    icon: string;
    extendInfo: Record<string, unknown>;
  };
  linux: { target: string[]; icon: string; executableName: string; maintainer?: string };
  deb: { fpm: string[]; maintainer?: string };
  extraMetadata?: object;
}

/** electron-builder's own reader and checker of configurations. */
interface ConfigModule {
  getConfig(root: string, path: string, options: object): Promise<Configuration>;
  validateConfiguration(config: Configuration, log: { isEnabled: boolean }): Promise<void>;
}

let config: Configuration;

beforeAll(async () => {
  const { getConfig, validateConfiguration } = createRequire(import.meta.url)(
    join(ROOT, 'node_modules/app-builder-lib/out/util/config/config.js'),
  ) as ConfigModule;
  config = await getConfig(ROOT, 'electron-builder.yml', {});
  await validateConfiguration(config, { isEnabled: false });
});

describe('the packaging configuration', () => {
  it('shuts every door into the packaged program', () => {
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      enableCookieEncryption: false,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
      // No fuse: without it an unsigned app does not start on Apple Silicon.
      resetAdHocDarwinSignature: true,
    });
  });

  it('makes a menu-bar app with the hardened runtime for macOS 13 and later', () => {
    expect(config.mac).toMatchObject({
      target: ['dmg', 'zip'],
      hardenedRuntime: true,
      minimumSystemVersion: '13.0',
      extendInfo: { LSUIElement: true },
    });
    const entitlements = readFileSync(join(ROOT, config.mac.entitlements), 'utf8');
    const keys = [...entitlements.matchAll(/<key>(.*)<\/key>/g)].map(([, key]) => key);
    expect(keys).toEqual(['com.apple.security.cs.allow-jit']);
  });

  it('makes an AppImage and a deb for Linux', () => {
    expect(config.linux.target).toEqual(['AppImage', 'deb']);
  });

  it('leaves the name sexton to the terminal command, in the PATH of a deb too', () => {
    expect(config.linux.executableName).toBe('sexton-app');
    expect(config.deb.fpm).toEqual(['assets/bin/sexton=/usr/bin/sexton']);
    expect(readFileSync(join(ROOT, 'assets/bin/sexton'), 'utf8')).toContain('/opt/Sexton/sexton-app');
  });

  it('invents no maintainer, no homepage and no address', () => {
    const { author, homepage } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect([config.linux.maintainer, config.deb.maintainer, config.extraMetadata, homepage]).toEqual(
      Array(4).fill(undefined),
    );
    expect(author).toBe('The Sexton authors');
    expect(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')).not.toMatch(
      /https?:|@[\w-]+\.\w+>|\.invalid|example\./,
    );
  });

  it('leaves native code outside the archive, where the system can load it', () => {
    expect(config.asar).toBe(true);
    expect(config.asarUnpack).toEqual(['node_modules/koffi/**', 'node_modules/@koromix/**']);
  });

  it('ships what was built and the icons, no sources and no tests', () => {
    const shipped = config.files.flatMap(({ filter }) => filter).filter((pattern) => !pattern.startsWith('!'));
    expect(shipped).toEqual(['out/main/**', 'out/preload/**', 'out/renderer/**', 'assets/tray/**', 'package.json']);
  });

  it('ships the licences, and the terminal command as a program that starts the app’s own in terminal mode', () => {
    expect(config.extraResources).toEqual([
      { from: 'assets/bin', to: 'bin' },
      { from: 'LICENSE', to: 'LICENSE.txt' },
      { from: 'assets/THIRD-PARTY-LICENSES.txt', to: 'THIRD-PARTY-LICENSES.txt' },
    ]);
    const script = join(ROOT, 'assets/bin/sexton');
    expect(statSync(script).mode & 0o111).toBe(0o111);
    expect(readFileSync(script, 'utf8')).toContain('MacOS/Sexton" --terminal -- "$@"');
  });

  it('has icons', () => {
    expect(readFileSync(join(ROOT, config.mac.icon)).subarray(0, 4).toString()).toBe('icns');
    expect(readFileSync(join(ROOT, config.linux.icon)).subarray(1, 4).toString()).toBe('PNG');
  });
});
