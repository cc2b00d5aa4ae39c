import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

/** Names under which a Chromium is found on a PATH, and where macOS keeps its applications. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A browser to run the panel in, or why there is none and how to get one, in one line. */
export type Browser = { executablePath: string } | { missing: string };

/** An installed Chromium: Playwright's, else the system's. */
export function installedBrowser(): string | null {
  const own = chromium.executablePath();
  if (own !== '' && existsSync(own)) return own;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...APPLICATIONS];
  return candidates.find(isExecutable) ?? null;
}

/**
 * A Chromium: one that is there, else Playwright's download, else, as root on Debian, its package. Says through `tell` what it
 * installs.
 */
export function findBrowser(tell: (line: string) => void): Browser {
  const found = installedBrowser();
  if (found !== null) return { executablePath: found };
  tell('No Chrome or Chromium found: fetching one with "npx playwright install chromium".');
  const fetched = spawnSync('npx', ['playwright', 'install', 'chromium'], { timeout: 300_000 }).status === 0;
  if (!fetched && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    tell('That failed: installing Debian’s package "chromium" with apt-get.');
    const apt = (...args: string[]) => spawnSync('/usr/bin/apt-get', args, { timeout: 600_000 });
    apt('update');
    apt('install', '--yes', '--no-install-recommends', 'chromium');
  }
  const installed = installedBrowser();
  if (installed !== null) return { executablePath: installed };
  return { missing: 'No Chrome or Chromium, and none could be fetched: run "npx playwright install chromium".' };
}

/** Chromium's arguments: no use of the network, and no sandbox for root, who cannot have one. */
export function browserArguments(): string[] {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  return process.getuid?.() === 0 ? [...quiet, '--no-sandbox'] : quiet;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
