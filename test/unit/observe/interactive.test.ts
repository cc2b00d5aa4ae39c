import { describe, expect, it } from 'vitest';
import { interactiveKind } from '../../../electron/engine/observe/process/interactive.ts';
import { botRecord, gatewayRecord, processRecord } from '../clean/builders.ts';

const python = (...args: string[]) => botRecord(5, '', { args: ['/x/.venv/bin/python3', ...args] });
const program = (name: string, ...args: string[]) =>
  processRecord(5, { name, executable: `/usr/bin/${name}`, args: [name, ...args] });

describe('a process in which a person works', () => {
  it.each<[string, ReturnType<typeof python>, string]>([
    ['a notebook’s kernel', python('-m', 'ipykernel_launcher', '-f', '/run/kernel-1.json'), 'notebook'],
    ['a kernel by path', python('/x/site-packages/ipykernel_launcher.py', '-f', 'k.json'), 'notebook'],
    ['VS Code’s kernel', python('-Xfrozen_modules=off', '-m', 'ipykernel_launcher', '--f=k.json'), 'notebook'],
    ['Spyder’s kernel', python('-m', 'spyder_kernels.console', '-f', 'k.json'), 'notebook'],
    ['a notebook server', python('/x/.venv/bin/jupyter-lab', '--port', '8888'), 'notebook'],
    ['a server as a module', python('-m', 'jupyterlab'), 'notebook'],
    ['a kernel by code', python('-c', 'from ipykernel.kernelapp import main; main()'), 'notebook'],
    ['a bot under debugpy', python('-m', 'debugpy', '--listen', '5678', 'app.py'), 'debugger'],
    ['VS Code’s debuggee', python('/x/debugpy', '--connect', '127.0.0.1:5678', '/home/me/app.py'), 'debugger'],
    ['VS Code’s launcher', python('/x/debugpy/launcher', '40123', '--', '/home/me/app.py'), 'debugger'],
    ['PyCharm’s debuggee', python('/x/pydev/pydevd.py', '--client', '::1', '--file', '/home/me/app.py'), 'debugger'],
    ['a child of a debuggee', python('-c', 'import sys; import pydevd; pydevd.settrace()'), 'debugger'],
    ['a bot under pdb', python('-m', 'pdb', 'app.py'), 'debugger'],
    ['pdb as a program', python('/usr/bin/pdb3', 'app.py'), 'debugger'],
    ['a bare Python', python(), 'prompt'],
    ['a bare Python with flags', python('-q', '-X', 'dev'), 'prompt'],
    ['Python that stays at its prompt', python('-i', 'app.py'), 'prompt'],
    ['Python that stays after code', python('-ic', 'import ib_async'), 'prompt'],
    ['Python of which no argument can be read', botRecord(5, '', { args: [] }), 'prompt'],
    ['IPython', python('/usr/bin/ipython3'), 'prompt'],
    ['IPython as a module', python('-m', 'IPython'), 'prompt'],
    ['IPython by its shebang', processRecord(5, { name: 'ipython', executable: '/usr/bin/python3.11' }), 'prompt'],
    ['ptpython', python('/x/.venv/bin/ptpython'), 'prompt'],
    ['bpython', python('/x/.venv/bin/bpython'), 'prompt'],
    ['IDLE', python('/usr/bin/idle3.11', 'app.py'), 'prompt'],
    ['the Python that IDLE works in', python('-c', '__import__("idlelib.run").run.main(True)', '12345'), 'prompt'],
    ['PyCharm’s console', python('/x/pydev/pydevconsole.py', '--mode=client'), 'prompt'],
    ['the module asyncio', python('-m', 'asyncio'), 'prompt'],
  ])('is found: %s', (_, process, kind) => {
    expect(interactiveKind(process)).toBe(kind);
  });

  it.each([
    ['a bot', python('/home/me/bots/runner_async.py')],
    ['a bot in a folder of notebooks', python('/home/me/jupyter/notebook/app.py')],
    ['a bot whose file is called so', python('/home/me/notebook.py')],
    ['a bot with such words in its arguments', python('app.py', 'pdb', '-i', 'ipykernel')],
    ['a module', python('-m', 'robo_trader.runner_async')],
    ['code', python('-c', 'import time; time.sleep(9)')],
    ['code on stdin', python('-')],
    ['a worker', python('-c', 'from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5)')],
    ['a bot that gave itself a title', botRecord(5, '', { args: ['runner: eurusd'] })],
    ['a flag’s value that looks like another flag', python('-W', 'ignore', 'app.py')],
    ['a bot through a runner', program('uv', 'run', 'app.py')],
    ['a shell', program('zsh')],
    ['a Gateway', gatewayRecord(5)],
  ])('is not: %s', (_, process) => {
    expect(interactiveKind(process)).toBeNull();
  });
});
