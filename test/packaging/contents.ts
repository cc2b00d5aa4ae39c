/**
 * Looks into a packed app and says what is wrong with it. Everything that ships is listed here; a file that nobody listed is a
 * problem, whatever it is.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { extractFile, getRawHeader, listPackage, statFile } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';

/** What electron-builder packed: its folder for one system and one architecture, before an installer is made of it. */
export interface Packed {
  folder: string;
  platform: 'darwin' | 'linux';
  arch: string;
}

/** Everything that is wrong with the packed app, one sentence each; nothing is none. */
export async function problemsIn(packed: Packed): Promise<string[]> {
  const archive = join(resources(packed), 'app.asar');
  if (!existsSync(archive)) return [`${archive} is missing.`];
  return [
    ...wrongFiles(packed, archive),
    ...wrongTexts(archive),
    ...wrongNativeCode(packed, archive),
    ...wrongResources(packed),
    ...(await wrongFuses(packed)),
    ...(packed.platform === 'darwin' ? wrongInfo(packed, archive) : []),
  ];
}

/** The folder in which the app finds its archive and its files. */
export function resources({ folder, platform }: Packed): string {
  return platform === 'darwin' ? join(folder, 'Sexton.app/Contents/Resources') : join(folder, 'resources');
}

/** The files of the archive by their paths in it, folders left out. */
export function archived(archive: string): string[] {
  return listPackage(archive, { isPack: false })
    .map((path) => path.slice(1))
    .filter((path) => !('files' in statFile(archive, path)));
}

const EXPECTED = [
  /^package\.json$/,
  /^out\/main\/[\w-]+\.mjs$/,
  /^out\/preload\/preload\.js$/,
  /^out\/renderer\/index\.html$/,
  /^out\/renderer\/assets\/index-[\w-]+\.(js|css)$/,
  /^assets\/tray\/\w+(@2x)?\.png$/,
  /^node_modules\/koffi\/(package\.json|LICENSE\.txt|(src\/koffi\/)?(src\/)?\w+\.c?js)$/,
];
/** What the app cannot start without. */
const NEEDED = ['package.json', 'out/main/main.mjs', 'out/preload/preload.js', 'out/renderer/index.html'];

function wrongFiles({ platform, arch }: Packed, archive: string): string[] {
  const native = new RegExp(
    `^node_modules/@koromix/koffi-${platform}-${arch}/(package\\.json|index\\.js|${platform}_${arch}/koffi\\.node)$`,
  );
  const files = archived(archive);
  return [
    ...files
      .filter((file) => ![...EXPECTED, native].some((pattern) => pattern.test(file)))
      .map((file) => `${file} does not belong into the package.`),
    ...NEEDED.filter((file) => !files.includes(file)).map((file) => `${file} is missing.`),
  ];
}

/** The texts are built ones: no map of the sources, no path of the machine that built them. */
function wrongTexts(archive: string): string[] {
  const home = /(\/home\/|\/Users\/|\/root\/)[\w.-]+\/[\w./-]*(node_modules|electron|renderer|shared)\//;
  const root = join(import.meta.dirname, '../..');
  return archived(archive)
    .filter((file) => /^out\/.*\.(mjs|js|css|html)$/.test(file))
    .flatMap((file) => {
      const text = extractFile(archive, file).toString();
      return [
        ...(text.includes('sourceMappingURL=') ? [`${file} names a source map.`] : []),
        ...(text.includes(root) || home.test(text) ? [`${file} names a path of the machine that built it.`] : []),
      ];
    });
}

function wrongNativeCode({ platform, arch, folder }: Packed, archive: string): string[] {
  const file = `node_modules/@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`;
  const place = join(resources({ platform, arch, folder }), 'app.asar.unpacked', file);
  if (!existsSync(place)) return [`koffi's native code for ${platform}-${arch} is not unpacked.`];
  return 'unpacked' in statFile(archive, file) ? [] : [`${file} stands in the archive too.`];
}

function wrongResources(packed: Packed): string[] {
  const at = (name: string) => join(resources(packed), name);
  const command = at('bin/sexton');
  return [
    ...['LICENSE.txt', 'THIRD-PARTY-LICENSES.txt']
      .filter((name) => !existsSync(at(name)))
      .map((n) => `${n} is missing.`),
    ...(existsSync(command) && (statSync(command).mode & 0o111) === 0o111 ? [] : ['bin/sexton is no program.']),
  ];
}

/** The states of a fuse as they stand in the program; a removed one can no longer be switched. */
const STATE = { off: 48, on: 49, removed: 114 };

/** Read from the program itself. On Linux Electron ignores the one for the archive's integrity. */
const FUSES: Readonly<Record<FuseV1Options, boolean>> = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
};

async function wrongFuses({ folder, platform }: Packed): Promise<string[]> {
  const wire = await getCurrentFuseWire(join(folder, platform === 'darwin' ? 'Sexton.app' : 'sexton-app'));
  return Object.entries(FUSES)
    .map(([key, on]) => ({ fuse: Number(key) as FuseV1Options, wanted: on ? STATE.on : STATE.off }))
    .filter(({ fuse, wanted }) => wire[fuse] !== wanted && wire[fuse] !== STATE.removed)
    .map(({ fuse }) => `The fuse ${FuseV1Options[fuse]} is not set as it should be.`);
}

function wrongInfo(packed: Packed, archive: string): string[] {
  const info = readFileSync(join(resources(packed), '../Info.plist'), 'utf8');
  const hash = createHash('sha256').update(getRawHeader(archive).headerString).digest('hex');
  const expected: [string, RegExp][] = [
    ['CFBundleIdentifier', /<string>app\.sexton\.menubar<\/string>/],
    ['CFBundleExecutable', /<string>Sexton<\/string>/],
    ['LSUIElement', /<true\/>/],
    ['LSMinimumSystemVersion', /<string>13\.0<\/string>/],
    ['LSApplicationCategoryType', /<string>public\.app-category\.finance<\/string>/],
    [
      'ElectronAsarIntegrity',
      new RegExp(`<dict>\\s*<key>Resources/app\\.asar</key>\\s*<dict>[^]*?<string>${hash}</string>`),
    ],
  ];
  return expected
    .filter(([key, value]) => !new RegExp(`<key>${key}</key>\\s*${value.source}`).test(info))
    .map(([key]) => `Info.plist does not have the right ${key}.`);
}
