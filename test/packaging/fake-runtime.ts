/**
 * A stand-in for Electron's runtime, with just the files that packaging touches. The program in it does nothing, but it has a real
 * fuse wire, so that fuses are set and read as in the true one.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes the runtime for a system into the folder and returns the folder. */
export function writeFakeRuntime(folder: string, platform: 'darwin' | 'linux'): string {
  const files = platform === 'darwin' ? MAC : LINUX;
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (content === PROGRAM) chmodSync(path, 0o755);
  }
  return folder;
}

/** As Electron ships: every fuse in the state opposite to the one wanted, so that each has to be set. */
const PROGRAM = Buffer.concat([
  Buffer.from('a program that does nothing dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
  Buffer.from([1, 8]),
  Buffer.from('11110011'),
]);

function plist(name: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>CFBundleExecutable</key><string>${name}</string></dict></plist>
`;
}

const LINUX: Readonly<Record<string, string | Buffer>> = {
  electron: PROGRAM,
  'chrome-sandbox': '',
  'locales/en-US.pak': '',
  'locales/de.pak': '',
  'LICENSES.chromium.html': '',
  LICENSE: '',
};

const HELPERS = ['', ' (Renderer)', ' (GPU)', ' (Plugin)'].map((kind) => `Electron Helper${kind}`);

const MAC: Readonly<Record<string, string | Buffer>> = {
  'Electron.app/Contents/Info.plist': plist('Electron'),
  'Electron.app/Contents/MacOS/Electron': PROGRAM,
  'Electron.app/Contents/Resources/en.lproj/locale.pak': '',
  'Electron.app/Contents/Resources/de.lproj/locale.pak': '',
  'Electron.app/Contents/Frameworks/Electron Framework.framework/Electron Framework': PROGRAM,
  'Electron.app/Contents/Frameworks/Electron Framework.framework/Versions/A/Resources/en.lproj/locale.pak': '',
  ...Object.fromEntries(
    HELPERS.flatMap((name) => [
      [`Electron.app/Contents/Frameworks/${name}.app/Contents/Info.plist`, plist(name)],
      [`Electron.app/Contents/Frameworks/${name}.app/Contents/MacOS/${name}`, PROGRAM],
    ]),
  ),
};
