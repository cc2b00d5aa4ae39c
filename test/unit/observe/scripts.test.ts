import { describe, expect, it } from 'vitest';
import {
  describeProcess,
  scriptBasename,
  scriptNames,
  scriptOf,
} from '../../../electron/engine/observe/process/scripts.ts';
import { botRecord, gatewayRecord, processRecord } from '../clean/builders.ts';

const python = (...args: string[]) => botRecord(5, '', { args: ['python3', ...args] });
const program = (name: string, ...args: string[]) =>
  processRecord(5, { name, executable: `/usr/bin/${name}`, args: [name, ...args] });

describe('the script of a process', () => {
  it.each<[string, string[], string | null]>([
    ['a path', ['/home/me/bots/runner_async.py', '--port', '4002'], 'runner_async.py'],
    ['a bare name', ['app.py'], 'app.py'],
    ['a module', ['-m', 'pkg.mod', 'run'], 'pkg.mod'],
    ['a module after -u', ['-u', '-m', 'pkg.mod'], 'pkg.mod'],
    ['a module in one word with -u', ['-um', 'pkg.mod'], 'pkg.mod'],
    ['a module in the option’s word', ['-mpkg.mod', 'x.py'], 'pkg.mod'],
    ['unbuffered', ['-u', 'app.py'], 'app.py'],
    ['isolated and optimised', ['-I', '-OO', '-s', '-E', 'app.py'], 'app.py'],
    ['a warning filter', ['-W', 'ignore', 'app.py'], 'app.py'],
    ['a warning filter in one word', ['-Wignore', 'app.py'], 'app.py'],
    ['an implementation option', ['-X', 'dev', 'app.py'], 'app.py'],
    ['one joined to a flag', ['-OX', 'dev', 'app.py'], 'app.py'],
    ['a value that looks like a module option', ['-W', '-m', 'app.py'], 'app.py'],
    ['pyc checks', ['--check-hash-based-pycs', 'always', 'app.py'], 'app.py'],
    ['after two dashes', ['--', '-weird.py'], '-weird.py'],
    ['code', ['-c', 'import x', 'runner.py'], null],
    ['code in one word with flags', ['-Bc', 'import x', 'runner.py'], null],
    ['stdin', ['-', 'runner.py'], null],
    ['a prompt', [], null],
    ['a module without a name', ['-m'], null],
    [
      'through debugpy',
      ['-m', 'debugpy', '--listen', '5678', '--wait-for-client', '/x/runner_async.py'],
      'runner_async.py',
    ],
    ['a module through debugpy', ['-m', 'debugpy', '--connect', '::1:5678', '-m', 'pkg.mod'], 'pkg.mod'],
    ['debugpy’s option with a value', ['-m', 'debugpy', '--configure-subProcess', 'False', 'app.py'], 'app.py'],
    ['code through debugpy', ['-m', 'debugpy', '--listen', '5678', '-c', 'import x'], 'debugpy'],
    ['through an editor’s launcher', ['/x/debugpy/launcher', '40123', '--', '/x/app.py', '1'], 'app.py'],
    ['through an editor’s debugpy', ['/x/debugpy', '--connect', '127.0.0.1:4', '/x/app.py'], 'app.py'],
    ['through PyCharm', ['/x/pydevd.py', '--client', '127.0.0.1', '--file', '/x/app.py'], 'app.py'],
    ['a module through PyCharm', ['/x/pydevd.py', '--module', '--port', '4', '--file', 'pkg.mod'], 'pkg.mod'],
    ['through pdb', ['-m', 'pdb', '-c', 'continue', 'app.py'], 'app.py'],
    ['a module through pdb', ['-m', 'pdb', '-m', 'pkg.mod'], 'pkg.mod'],
    ['through poetry', ['/usr/bin/poetry', 'run', 'python', '-u', 'app.py'], 'app.py'],
  ])('of Python: %s', (_, args, expected) => {
    expect(scriptBasename(python(...args))).toBe(expected);
  });

  it.each<[string, ReturnType<typeof program>, string | null]>([
    ['a shell script', program('bash', '-e', '/x/runner.sh'), 'runner.sh'],
    ['a shell’s code', program('sh', '-c', 'python runner.py'), null],
    ['a login shell’s code', program('bash', '-lc', 'python runner.py'), null],
    ['a shell’s option with a value', program('bash', '-o', 'pipefail', 'x.sh'), 'x.sh'],
    ['Node', program('node', '--import', 'tsx', 'server.js'), 'server.js'],
    ['Node’s code', program('node', '-e', 'x()', 'server.js'), null],
    ['a login shell', program('zsh'), null],
    ['a shell with a start file of its own', program('bash', '--init-file', '/x/integration.sh'), null],
    ['Bun', program('bun', 'websocket_server.ts'), 'websocket_server.ts'],
    ['Bun’s run', program('bun', '--watch', 'run', 'websocket_server.ts'), 'websocket_server.ts'],
    ['Deno', program('deno', 'run', '--allow-net', '-c', 'deno.json', 'server.ts', 'run'), 'server.ts'],
    ['Deno’s code', program('deno', 'eval', 'x()'), null],
    ['uv', program('uv', 'run', 'runner_async.py', 'x.py'), 'runner_async.py'],
    ['uv with options', program('uv', 'run', '--with', 'ib_async', '--python', '3.12', 'app.py'), 'app.py'],
    ['uv and Python', program('uv', '--quiet', 'run', '--', 'python', '-m', 'pkg.mod'), 'pkg.mod'],
    ['uv and a debugger', program('uv', 'run', 'python', '-m', 'pdb', 'app.py'), 'app.py'],
    ['uv and a module', program('uv', 'run', '--with', 'x', '-m', 'pkg.mod'), 'pkg.mod'],
    ['uv and a command', program('uv', 'run', 'runner-async'), 'runner-async'],
    ['uv that runs nothing', program('uv', 'sync'), null],
    ['poetry', program('poetry', 'run', 'python', '/x/app.py'), 'app.py'],
    [
      'a venv’s command',
      processRecord(5, {
        name: 'runner-async',
        executable: '/usr/bin/python3.11',
        args: ['/x/.venv/bin/python', '/x/.venv/bin/runner-async'],
      }),
      'runner-async',
    ],
    ['no interpreter', program('vim', 'runner.py'), null],
  ])('of others: %s', (_, process, expected) => {
    expect(scriptBasename(process)).toBe(expected);
  });

  it('is found when only the kernel’s name or the path reveals the interpreter', () => {
    const shebang = processRecord(5, {
      name: 'runner_fast.py',
      executable: '/usr/bin/python3.12',
      args: ['python3', '/x/runner_fast.py'],
    });
    expect(scriptBasename(shebang)).toBe('runner_fast.py');
    const framework = processRecord(5, { name: 'Python', executable: null, args: ['Python', '/x/app.py'] });
    expect(scriptBasename(framework)).toBe('app.py');
  });

  it('has every name that a list may use for it', () => {
    expect(scriptNames(python('/x/runner_async.py'))).toEqual(['runner_async.py']);
    expect(scriptNames(python('-m', 'robo_trader.app'))).toEqual(['robo_trader.app', 'app', 'app.py']);
    expect(scriptNames(python('-m', 'robo_trader.__main__'))).toEqual([
      'robo_trader.__main__',
      'robo_trader',
      'robo_trader.py',
    ]);
    expect(scriptNames(python('-c', 'x'))).toEqual([]);
  });

  describe('whose path macOS split at blanks', () => {
    it.each<[string, string[], string]>([
      ['is put together', ['/Users/me/My', 'Bots/app.py', '--live'], '/Users/me/My Bots/app.py'],
      ['with two blanks', ['/Users/me/My', 'Trading', 'Bots/app.py'], '/Users/me/My Trading Bots/app.py'],
      ['not when it ends like a file', ['/x/app.py', 'other/b.py'], '/x/app.py'],
      ['not across an option', ['/Users/me/My', '--x', 'Bots/app.py'], '/Users/me/My'],
      ['not when the next is a path of its own', ['/opt/tools/editor', '/Users/me/app.py'], '/opt/tools/editor'],
      ['not when the next is in a home', ['/opt/tools/editor', '~/app.py'], '/opt/tools/editor'],
      ['not when it is a program of a bin folder', ['/usr/bin/idle3', 'bots/app.py'], '/usr/bin/idle3'],
    ])('%s', (_, args, given) => {
      expect(scriptOf(python(...args))?.given).toBe(given);
    });
  });
});

describe('a process as people read it', () => {
  it.each<[string, ReturnType<typeof program>, string]>([
    ['a bot by its script', python('/x/runner_async.py'), 'runner_async.py'],
    ['a module by its dotted name', python('-m', 'pkg.mod'), 'pkg.mod'],
    ['Python without a script by its executable', python('-c', 'x'), 'python3.11'],
    ['the Gateway by its product’s name', gatewayRecord(5), 'IB Gateway'],
    ['other Java by its executable', program('java', '-jar', 'x.jar'), 'java'],
    ['a program by its executable', program('Safari'), 'Safari'],
    [
      'one of which nothing may be read by the kernel’s name',
      processRecord(5, { name: 'kthread', executable: null, args: [] }),
      'kthread',
    ],
  ])('is named: %s', (_, process, name) => {
    expect(describeProcess(process).name).toBe(name);
  });

  it('has its command line truncated when that is very long', () => {
    const { commandLine } = describeProcess(python('x.py', 'y'.repeat(5_000)));
    expect(commandLine).toHaveLength(1_025);
    expect(commandLine.endsWith('…')).toBe(true);
  });
});
