import { describe, expect, it } from 'vitest';
import { commandName } from '../../../electron/engine/connect/guard/command-name.ts';

describe('the name of a guarded command', () => {
  it.each([
    [['python3', 'runner.py', '--paper'], 'runner.py'],
    [['python3', '-m', 'robo_trader.runner_async'], 'robo_trader.runner_async'],
    [['/usr/bin/env', 'python3', 'bots/app.py'], 'app.py'],
    [['env', '-u', 'HOME', 'TZ=UTC', 'A=b', 'python', 'app.py'], 'app.py'],
    [['env', '--', 'TZ=UTC', 'python', 'app.py'], 'app.py'],
    [['nohup', 'nice', '-n', '10', 'python3', 'app.py'], 'app.py'],
    [['timeout', '-k', '5', '60', 'python3', 'app.py'], 'app.py'],
    [['caffeinate', '-is', 'python3', 'app.py'], 'app.py'],
    [['uv', 'run', 'app.py', '--live'], 'app.py'],
    [['uv', '--project', 'bots', 'run', '--with', 'ib_async', 'python', 'app.py'], 'app.py'],
    [['uv', 'run', '-m', 'pkg.mod'], 'pkg.mod'],
    [['uv', 'run', '--', 'python', '-m', 'pkg.mod'], 'pkg.mod'],
    [['poetry', 'run', 'python', 'app.py'], 'app.py'],
    [['poetry', 'run', 'my-bot'], 'my-bot'],
    [['pipenv', 'run', 'python', 'app.py'], 'app.py'],
    [['conda', 'run', '-n', 'trading', '--no-capture-output', 'python', 'app.py'], 'app.py'],
    [['bash', 'start-bot.sh'], 'start-bot.sh'],
    [['./start-bot.sh'], 'start-bot.sh'],
    [['sh', '-c', 'cd /bots && exec python3 app.py --live'], 'app.py'],
    [['bash', '-lc', '. venv/bin/activate; TZ=UTC uv run app.py'], 'app.py'],
    [['sh', '-c', '"$@" & exit 0', 'sh', 'python3', 'app.py'], 'app.py'],
  ])('%j', (command, name) => {
    expect(commandName(command)).toBe(name);
  });

  it.each([
    [['uv', 'sync'], 'uv'],
    [['env'], 'env'],
    [['python3', '-c', 'print("secret")'], 'python3'],
    [['python3', '-'], 'python3'],
    [['bash'], 'bash'],
    [['sh', '-c', 'exit 1'], 'sh'],
    [['env', 'env', 'env', 'env', 'env', 'env', 'env', 'env', 'env', 'python3', 'app.py'], 'env'],
    [[], ''],
  ])('%j has no script and is named after a program', (command, name) => {
    expect(commandName(command)).toBe(name);
  });
});
