'use strict';
/**
 * Loaded with `node --require` (see as-mac.ts): this process takes the machine for a Mac. `process.platform` and `os` say so, /proc is
 * not there, and Node processes that it starts do the same. Third-party packages and Node itself go on seeing the real system, so
 * that their native parts load.
 */
const childProcess = require('node:child_process');
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const os = require('node:os');
const { basename } = require('node:path');
const process = require('node:process');

/** Darwin's version by macOS's. */
const DARWIN = { 13: '22.6.0', 14: '23.6.0', 15: '24.0.0', 15.2: '24.2.0', 26: '25.0.0', 26.3: '25.3.0', 27: '26.0.0' };
const version = process.env.MAC_STANDIN_VERSION ?? '26.3';
const REQUIRE = `--require=${__filename}`;
const realPlatform = process.platform;

/** Was the function that calls this called from a package or from Node's own code? */
function askedByThirdParty() {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 3;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return /node_modules|node:/.test(String(stack).split('\n')[3] ?? '');
}

Object.defineProperty(process, 'platform', {
  configurable: true,
  enumerable: true,
  get: () => (askedByThirdParty() ? realPlatform : 'darwin'),
});

function replace(module, name, make) {
  const original = module[name];
  module[name] = Object.assign(make(original), original);
}

replace(os, 'platform', (original) => () => (askedByThirdParty() ? original() : 'darwin'));
replace(os, 'type', () => () => 'Darwin');
replace(os, 'release', () => () => DARWIN[version]);
replace(os, 'version', () => () => `Darwin Kernel Version ${DARWIN[version]}`);

function isProc(path) {
  return typeof path === 'string' && /^\/proc(?:\/|$)/.test(path);
}

function notThere(call, path) {
  const problem = new Error(`ENOENT: no such file or directory, ${call} '${path}'`);
  return Object.assign(problem, { code: 'ENOENT', errno: -2, syscall: call, path });
}

const READERS = ['access', 'lstat', 'open', 'opendir', 'readFile', 'readdir', 'readlink', 'realpath', 'stat'];
for (const name of READERS) {
  replace(fs, `${name}Sync`, (original) => (path, ...rest) => {
    if (!isProc(path) || askedByThirdParty()) return original(path, ...rest);
    if (rest[0]?.throwIfNoEntry === false) return undefined;
    throw notThere(name, path);
  });
  replace(fs, name, (original) => (path, ...rest) => {
    if (!isProc(path) || askedByThirdParty()) return original(path, ...rest);
    process.nextTick(rest.at(-1), notThere(name, path));
  });
  if (fs.promises[name]) {
    replace(fs.promises, name, (original) => (path, ...rest) => {
      return !isProc(path) || askedByThirdParty() ? original(path, ...rest) : Promise.reject(notThere(name, path));
    });
  }
}
replace(fs, 'existsSync', (original) => (path) => original(path) && !(isProc(path) && !askedByThirdParty()));

/**
 * Programs inherit this file even when they are started with an environment of their own: Node itself, and whatever may start it, which
 * has a PATH. The bare environment of Apple's tools stays as the product made it.
 */
function inherits(file, hasPath) {
  return hasPath || (typeof file === 'string' && (file === process.execPath || basename(file) === 'node'));
}

const withRequire = (own) => (own?.includes(REQUIRE) ? own : `${own ?? ''} ${REQUIRE}`.trim());

const { spawn } = childProcess.ChildProcess.prototype;
childProcess.ChildProcess.prototype.spawn = function spawnAsMac(options) {
  const pairs = options.envPairs ?? [];
  const given = (name) => pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  if (inherits(options.file, given('PATH') !== undefined)) {
    const others = pairs.filter((pair) => !/^(?:NODE_OPTIONS|MAC_STANDIN_VERSION)=/.test(pair));
    options.envPairs = [
      ...others,
      `NODE_OPTIONS=${withRequire(given('NODE_OPTIONS'))}`,
      `MAC_STANDIN_VERSION=${version}`,
    ];
  }
  return spawn.call(this, options);
};
for (const name of ['spawnSync', 'execFileSync']) {
  replace(childProcess, name, (original) => (file, ...rest) => {
    const args = Array.isArray(rest[0]) ? rest[0] : [];
    const options = (Array.isArray(rest[0]) ? rest[1] : rest[0]) ?? {};
    const env = options.env ?? process.env;
    if (!inherits(file, env.PATH !== undefined)) return original(file, ...rest);
    return original(file, args, {
      ...options,
      env: { ...env, NODE_OPTIONS: withRequire(env.NODE_OPTIONS), MAC_STANDIN_VERSION: version },
    });
  });
}

syncBuiltinESMExports();
