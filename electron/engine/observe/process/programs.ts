import { basename } from 'node:path';
import type { ProcessRecord } from '../../platform/types.ts';
import { readInvocation } from './invocation.ts';

/** A process recognised as a Gateway program, or `Java` for any other Java. */
export type GatewayProgram = 'IB Gateway' | 'TWS' | 'IBC' | 'Java';

const JAVA_NAMES = /^(java|javaw|javaapplicationstub|javaappli|jspawnhelper)$/i;
const GATEWAY_NAMES = /^(ib ?gateway|ibgateway)( [\d.]+)?(-\d+)?$/i;
const TWS_NAMES = /^(tws|trader workstation)( [\d.]+)?(-\d+)?$/i;
const IBC_NAMES = /^(ibc|ibcalpha)$/i;
const GATEWAY_CLASSES = ['ibcalpha.ibc.IbcGateway', 'install4j.ibgateway.GWClient', 'ibgateway.GWClient'];
const TWS_CLASSES = ['ibcalpha.ibc.IbcTws', 'install4j.jclient.LoginFrame', 'jclient.LoginFrame'];

/** Folders that IBKR's installers create; a bot's folder called `tws_bot` or `gateway_tools` does not match. */
function gatewayFolder(path: string): GatewayProgram | null {
  for (const segment of path.split('/').slice(0, -1)) {
    const folder = segment.replace(/\.app$/i, '');
    if (GATEWAY_NAMES.test(folder)) return 'IB Gateway';
    if (/^trader workstation( [\d.]+)?(-\d+)?$/i.test(folder)) return 'TWS';
    if (/^(\.install4j|i4j_jres)$/i.test(segment)) return 'Java';
  }
  return null;
}

/**
 * Recognises TWS, IB Gateway, IBC and Java by executable path, process name or, for Java only, main class. Other
 * programs' arguments never count: `python3 ~/tws_bot/run.py` is a bot.
 */
export function gatewayProgram(process: ProcessRecord): GatewayProgram | null {
  const executable = process.executable ?? '';
  const names = [process.name, basename(executable), basename(process.args[0] ?? '')];
  const folder = gatewayFolder(executable);
  if (folder === 'IB Gateway' || folder === 'TWS') return folder;
  if (names.some((name) => GATEWAY_NAMES.test(name))) return 'IB Gateway';
  if (names.some((name) => TWS_NAMES.test(name))) return 'TWS';
  if (folder === 'Java' || names.some((name) => JAVA_NAMES.test(name))) return javaProgram(process.args);
  return names.some((name) => IBC_NAMES.test(name)) ? 'IBC' : null;
}

function javaProgram(args: readonly string[]): GatewayProgram {
  if (args.some((argument) => GATEWAY_CLASSES.includes(argument))) return 'IB Gateway';
  if (args.some((argument) => TWS_CLASSES.includes(argument))) return 'TWS';
  const program = gatewayFolder(args[0] ?? '');
  if (program === 'IB Gateway' || program === 'TWS') return program;
  return args.some((argument) => argument.startsWith('-Dibcsessionid=')) ? 'IBC' : 'Java';
}

/** Words that mark a Java command line as possibly a Gateway's. */
const GATEWAY_WORDS = /ib ?gateway|ibcalpha|ibcontroller|trader workstation|\bjts\b|\btws\b|install4j|i4j_jres/i;

/**
 * May this process serve the API, now or after its login, on any port? True for every Gateway program, and for other
 * Java whose command line has a Gateway's words or cannot be read (a running Java has at least a class or an archive to
 * run). An IDE or a database that happens to be Java is no Gateway.
 */
export function mayServeApi(process: ProcessRecord): boolean {
  const program = gatewayProgram(process);
  if (program !== 'Java') return program !== null;
  if (process.args.length <= 1) return true;
  return GATEWAY_WORDS.test(process.executable ?? '') || process.args.some((argument) => GATEWAY_WORDS.test(argument));
}

const FORWARDER_NAMES =
  /^(socat\d?|ssh|sshd|sshd-session|autossh|docker.*|com\.docker\..*|vpnkit.*|orbstack.*|gvproxy|limactl|colima|rootlessport|slirp4netns|pasta|podman.*|containerd.*|kubectl|haproxy|nginx|stunnel\d?)$/i;

/** True for programs that listen on an API port for a Gateway elsewhere. */
export function isForwarder(process: ProcessRecord): boolean {
  const executable = process.executable ?? '';
  if (/\/OrbStack\.app\//i.test(executable) || /\/Docker\.app\//i.test(executable)) return true;
  return [process.name, basename(executable)].some((name) => FORWARDER_NAMES.test(name));
}

const LAUNCHER_NAMES =
  /^(launchd|systemd|init|sshd|sshd-session|login|cron|crond|tmux.*|screen|(ba|z|da|k|c|tc|fi|a)?sh|terminal|iterm2?|alacritty|kitty|wezterm.*|ghostty|gnome-terminal.*|konsole|xterm|code|containerd-shim.*|docker-init|tini|dumb-init)$/i;

/**
 * A session leader that starts all kinds of programs: launchd, sshd, a login shell, a terminal. Having started both a
 * Gateway and a bot does not make them a family. A shell that runs a script or a command (`sh start-gateway.sh`, `sh -c
 * …`) is a wrapper and no launcher, whatever session it leads, and neither is sudo: it was started for the program it
 * runs.
 */
export function isLauncher(process: ProcessRecord): boolean {
  if (process.pid === 1) return true;
  if (!process.sessionLeader) return false;
  const names = [process.name, basename(process.executable ?? '')];
  if (!names.some((name) => LAUNCHER_NAMES.test(name.replace(/^-/, '')))) return false;
  const { script, code } = readInvocation(process);
  return script === null && code === null;
}
