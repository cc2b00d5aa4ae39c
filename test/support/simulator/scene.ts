import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';
import { connectNetworks, FOREIGN_HOST, hostNetwork, type Network, openPrivateNetwork } from './network.ts';
import { belongsTo, sendSignal } from './processes.ts';
import { Puppet } from './puppet.ts';
import { disguise, pythonExecutable, pythonHome } from './python.ts';

const SCRIPTS = join(dirname(fileURLToPath(import.meta.url)), 'python');

/** How a pretend process looks from outside. */
export interface Costume {
  /** The script, relative to the scene's folder: `runner_async.py`, `tws_bot/gateway_tools/run.py`. */
  script?: string;
  /** A dotted module to run with `-m` in place of a script: `tws_bot.runner`. */
  module?: string;
  /** The executable, relative to the scene's folder: `IB Gateway 10.45/…/bin/java`. A copy of Python when given. */
  program?: string;
  /** Run the script by its bare name from its own folder, as a Java main class appears in a command line. */
  bareScript?: boolean;
  /** Before the script; Python swallows any `-X…`, so `-Xmx768m` looks like Java's. */
  interpreterArgs?: readonly string[];
  /** After the script, which ignores them. */
  args?: readonly string[];
  /** Another user; needs root. */
  uid?: number;
  /** Start the script itself by its `#!` line: then the kernel's name for the process is the script's. */
  shebang?: boolean;
  /** What argv[0] says in place of the executable's path: `python3`, as a shell leaves it. */
  argv0?: string;
  /** Take exactly this pid, which must be free: a reused pid. Linux, as root. */
  pid?: number;
}

/** The kinds of pretend processes, each a Python script of that name. */
export type PuppetKind = 'gateway' | 'bot' | 'noise' | 'forwarder';

/** What a pretend process gets at its start. */
export type PuppetSettings = Readonly<Record<string, unknown>>;

/** A command to be run by another program, for example `sexton guard`. */
export interface PuppetCommand {
  command: string[];
  env: Record<string, string>;
  cwd: string;
}

/** Owns all processes that it started and ends them by pid, including those that a test lost track of, even when a test fails. */
export class Scene {
  /** Its folder, without symbolic links. */
  readonly folder: string;
  readonly network: Network;
  private readonly puppets = new Set<Puppet>();
  private readonly adopted = new Set<ChildProcess>();
  private readonly endAtExit = () => this.endAll();

  constructor(network: Network) {
    this.network = network;
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-scene-')));
    // Another user's pretend processes read their scripts here and leave their pids.
    chmodSync(this.folder, 0o755);
    mkdirSync(join(this.folder, 'pids'));
    chmodSync(join(this.folder, 'pids'), 0o777);
    process.on('exit', this.endAtExit);
  }

  /** A path in the scene's folder. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Copies a pretend process's script under the given name and returns the path. */
  script(kind: PuppetKind, name: string): string {
    const path = isAbsolute(name) ? name : this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(SCRIPTS, `${kind}.py`), path);
    copyFileSync(join(SCRIPTS, 'puppet.py'), this.path('puppet.py'));
    return path;
  }

  /** Puts a copy of Python at a path in the scene's folder; it finds its library in the environment `home`. */
  program(name: string): { program: string; home: Record<string, string> } {
    const program = this.path(name);
    disguise(program);
    return { program, home: pythonHome() };
  }

  /** The command that would start a pretend process. */
  command(kind: PuppetKind, costume: Costume, settings: PuppetSettings): PuppetCommand {
    const name = costume.module ? `${costume.module.replaceAll('.', '/')}.py` : (costume.script ?? `${kind}.py`);
    const script = this.script(kind, name);
    let executable = pythonExecutable();
    if (costume.program) {
      executable = this.path(costume.program);
      disguise(executable);
    }
    if (costume.shebang) {
      writeFileSync(script, `#!${executable}\n${readFileSync(script, 'utf8')}`);
      chmodSync(script, 0o755);
    }
    const named = costume.argv0 === undefined ? [] : ['/bin/bash', '-c', 'exec -a "$0" "$@"', costume.argv0];
    const what = costume.module
      ? ['-m', costume.module]
      : [costume.bareScript ? (script.split('/').at(-1) ?? '') : script];
    return {
      command: costume.shebang
        ? [script, ...(costume.args ?? [])]
        : [...named, executable, ...(costume.interpreterArgs ?? []), ...what, ...(costume.args ?? [])],
      cwd: costume.bareScript ? dirname(script) : this.folder,
      env: {
        PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
        PYTHONPATH: this.folder,
        PYTHONDONTWRITEBYTECODE: '1',
        ...(costume.program ? pythonHome() : {}),
        SEXTON_SIMULATOR: JSON.stringify({ pids: this.path('pids'), ...settings }),
      },
    };
  }

  /** Starts a pretend process and waits until it is ready. */
  async start(kind: PuppetKind, costume: Costume, settings: PuppetSettings): Promise<Puppet> {
    const { command, cwd, env } = this.command(kind, costume, { ...settings, lifeline: 3 });
    const launcher = costume.pid ? [pythonExecutable(), join(SCRIPTS, 'with_pid.py'), String(costume.pid)] : [];
    const privately = this.network !== hostNetwork;
    const [file = '', ...args] = this.network.wrap([...launcher, ...command], costume.uid);
    const options: SpawnOptions = { cwd, env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] };
    const user = costume.uid === undefined || privately ? {} : { uid: costume.uid, gid: costume.uid };
    const puppet = new Puppet(spawn(file, args, { ...options, ...user }));
    this.puppets.add(puppet);
    await puppet.ready();
    return puppet;
  }

  /** Takes over another program; it must lead a process group, which ends with the scene. */
  adopt(child: ChildProcess): void {
    this.adopted.add(child);
    child.once('exit', () => this.adopted.delete(child));
  }

  /** The pids of all pretend processes that started here and still run, including children that outlived their parents. */
  survivors(): number[] {
    return readdirSync(this.path('pids'))
      .map(Number)
      .filter((pid) => belongsTo(pid, this.folder));
  }

  /** Ends everything and removes the folder. */
  async close(): Promise<void> {
    process.off('exit', this.endAtExit);
    const ended = [...this.adopted].map((child) => once(child, 'exit'));
    this.endAll();
    await Promise.all([...[...this.puppets].map((puppet) => puppet.exited), ...ended]);
    await until(() => this.survivors().length === 0, { what: 'the end of all pretend processes' });
    this.network.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private endAll(): void {
    for (const puppet of this.puppets) puppet.signal('SIGKILL');
    for (const { pid } of this.adopted) if (pid !== undefined) sendSignal(-pid, 'SIGKILL');
    for (const pid of this.survivors()) sendSignal(pid, 'SIGKILL');
  }
}

/** Opens a scene; `network: 'private'` lets it use the real ports (Linux, as root). Close it when the test ends. */
export async function openScene({ network = 'host' }: { network?: 'host' | 'private' } = {}): Promise<Scene> {
  return new Scene(network === 'private' ? await openPrivateNetwork() : hostNetwork);
}

/** A scene that looks like another machine to the private scene `home`; its gateways listen at `host`. */
export async function openForeignScene(home: Scene): Promise<{ scene: Scene; host: string }> {
  const network = await openPrivateNetwork();
  connectNetworks(home.network, network);
  return { scene: new Scene(network), host: FOREIGN_HOST };
}
