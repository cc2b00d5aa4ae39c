import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { Result } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { Output, RunTool } from '../platform/run/command.ts';
import { SYSTEM_TOOLS, type ToolName } from '../platform/run/tools.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** Finds and runs the system's tools. */
export interface ToolBench {
  find(tool: ToolName): Promise<Result<string, Problem>>;
  run: RunTool;
  /** Monotonic ms. */
  now(): number;
}

/** A tool as it was found: where, which version, and whether it works. */
export interface ToolFinding {
  tool: ToolName;
  path: string | null;
  /** Null where the tool tells none or did not run. */
  version: string | null;
  problem: Problem | null;
  durationMs: number;
}

interface Probe {
  tool: ToolName;
  args: readonly string[];
  /** Finds the version in what the tool printed; a tool without one proves by any answer that it runs. */
  version: RegExp | null;
  /** What it is for, or what is lost without it. */
  purpose: string;
  needed: boolean;
  /** What it means when it succeeds without a word; absent where that is a fault. */
  silence?: string;
}

/** A tool that is slower than this makes a person wait. */
const SLOW_MS = 2_000;

const LSOF: Probe = {
  tool: 'lsof',
  args: ['-v'],
  version: /revision: ([\w.]+)/,
  purpose: 'It tells whose connections they are.',
  needed: true,
};

const PROBES: Readonly<Record<'linux' | 'darwin', readonly Probe[]>> = {
  linux: [
    {
      tool: 'ss',
      args: ['-V'],
      version: /iproute2-([\w.-]+)/,
      purpose: 'Without it /proc is read, which tells neither ages nor whether the Gateway answered.',
      needed: false,
    },
    LSOF,
  ],
  darwin: [
    {
      tool: 'netstat',
      args: ['-an', '-p', 'tcp'],
      version: null,
      purpose: 'It counts the connections.',
      needed: true,
      silence:
        'It shows this user no connections, as macOS 27 does without root. Sexton counts those that lsof sees in the hands of processes, and never calls that clear.',
    },
    LSOF,
    { tool: 'ps', args: ['-o', 'pid=', '-p', '1'], version: null, purpose: 'It tells processes apart.', needed: true },
  ],
};

/** Runs each of this system's tools once and reads its version. */
export function probeTools(kind: 'linux' | 'darwin', bench: ToolBench): Promise<ToolFinding[]> {
  return Promise.all(PROBES[kind].map((one) => probe(one, bench)));
}

async function probe({ tool, args, version, silence }: Probe, bench: ToolBench): Promise<ToolFinding> {
  const began = bench.now();
  const path = await bench.find(tool);
  if (!path.ok) return { tool, path: null, version: null, problem: path.error, durationMs: 0 };
  const ran = await bench.run(tool, args);
  const durationMs = Math.round(bench.now() - began);
  const found = { tool, path: path.value, durationMs };
  if (!ran.ok) return { ...found, version: null, problem: ran.error };
  if (silence !== undefined && isSilent(ran.value)) {
    return { ...found, version: null, problem: { code: 'not-permitted', tool, hint: silence } };
  }
  return { ...found, ...judge(tool, path.value, version, ran.value) };
}

function isSilent({ stdout, stderr, exitCode }: Output): boolean {
  return exitCode === 0 && `${stdout}${stderr}`.trim() === '';
}

/** Silence is no answer: a tool of no bytes runs through a shell, says nothing and succeeds. */
function judge(
  tool: ToolName,
  path: string,
  version: RegExp | null,
  { stdout, stderr }: Output,
): Pick<ToolFinding, 'version' | 'problem'> {
  const said = `${stdout}\n${stderr}`;
  const told = version === null ? null : (version.exec(said)?.[1] ?? null);
  if (told !== null || (version === null && said.trim() !== '')) return { version: told, problem: null };
  const hint = said.trim() === '' ? `${path} says nothing at all` : `${path} does not look like ${tool}`;
  return { version: null, problem: { code: 'output-unreadable', tool, hint } };
}

/** The lines of the report about the tools. */
export function toolChecks(kind: 'linux' | 'darwin', findings: readonly ToolFinding[]): DoctorCheck[] {
  return PROBES[kind].flatMap((one) => {
    const found = findings.find(({ tool }) => tool === one.tool);
    return found ? [check(`tool-${one.tool}`, one.tool, toolFinding(kind, found, one))] : [];
  });
}

function toolFinding(
  kind: 'linux' | 'darwin',
  { tool, path, version, problem, durationMs }: ToolFinding,
  { purpose, needed, silence }: Probe,
): Finding {
  if (path !== null && problem !== null && problem.hint === silence) return careful(silence, 'sudo sexton status');
  if (problem !== null) {
    const detail = `${path === null ? `${tool} was not found` : problem.hint}. ${purpose}`;
    const fix = repair(kind, tool, problem, path);
    return needed ? broken(detail, fix) : careful(detail, fix);
  }
  const words = [path, version, `${durationMs} ms`].filter((word) => word !== null).join(' · ');
  return durationMs > SLOW_MS ? careful(`${words}. That is slow.`, SLOW_FIX[kind]) : fine(words);
}

const SLOW_FIX = {
  linux: 'findmnt -t nfs,nfs4,cifs   # a network volume that does not answer is the usual cause: sudo umount -l PATH',
  darwin:
    'mount -t nfs,smbfs   # a network volume that does not answer is the usual cause: diskutil unmount force PATH',
} as const;

const PACKAGES: Readonly<Record<ToolName, string>> = {
  ss: 'iproute2',
  lsof: 'lsof',
  netstat: 'net-tools',
  ps: 'procps',
};

function repair(kind: 'linux' | 'darwin', tool: ToolName, { code }: Problem, path: string | null): string {
  if (code === 'tool-timeout') return SLOW_FIX[kind];
  if (code === 'not-permitted') return `sudo chmod +x ${SYSTEM_TOOLS[tool][0]}`;
  if (kind === 'darwin') return 'sudo softwareupdate --install --all   # the tool is part of macOS';
  const [apt, dnf] = path === null ? ['install', 'install'] : ['install --reinstall', 'reinstall'];
  return `sudo apt ${apt} ${PACKAGES[tool]}   # Fedora: sudo dnf ${dnf} ${PACKAGES[tool]}`;
}
