import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { Result } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { SystemNotes } from '../platform/notes.ts';
import type { Output, RunTool } from '../platform/run/command.ts';
import { SYSTEM_TOOLS, type ToolName, type ToolProbe } from '../platform/run/tools.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** Finds and runs the system's tools. */
export interface ToolBench {
  find(tool: ToolName): Promise<Result<string, Problem>>;
  run: RunTool;
  /** Monotonic ms. */
  now(): number;
}

/** What was found about a tool: its path, its version, and whether it works. */
export interface ToolFinding {
  tool: ToolName;
  path: string | null;
  /** Null if the tool reports none or did not run. */
  version: string | null;
  problem: Problem | null;
  durationMs: number;
}

type Repairs = Pick<SystemNotes, 'probes' | 'repairs' | 'repairTool'>;

/** A tool slower than this keeps a person waiting. */
const SLOW_MS = 2_000;

/** Runs each of this system's tools once and reads its version. */
export function probeTools({ probes }: Pick<SystemNotes, 'probes'>, bench: ToolBench): Promise<ToolFinding[]> {
  return Promise.all(probes.map((one) => probe(one, bench)));
}

async function probe({ tool, args, version, silence }: ToolProbe, bench: ToolBench): Promise<ToolFinding> {
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

/** Silence is no answer: an empty file run as a tool prints nothing and succeeds. */
function judge(
  tool: ToolName,
  path: string,
  version: RegExp | null,
  { stdout, stderr }: Output,
): Pick<ToolFinding, 'version' | 'problem'> {
  const said = `${stdout}\n${stderr}`;
  const told = version === null ? null : (version.exec(said)?.[1] ?? null);
  if (told !== null || (version === null && said.trim() !== '')) return { version: told, problem: null };
  const hint = said.trim() === '' ? `${path} prints nothing at all` : `${path} does not look like ${tool}`;
  return { version: null, problem: { code: 'output-unreadable', tool, hint } };
}

/** The lines of the report about the tools. */
export function toolChecks(notes: Repairs, findings: readonly ToolFinding[]): DoctorCheck[] {
  return notes.probes.flatMap((one) => {
    const found = findings.find(({ tool }) => tool === one.tool);
    return found ? [check(`tool-${one.tool}`, one.tool, toolFinding(notes, found, one))] : [];
  });
}

function toolFinding(
  notes: Repairs,
  { tool, path, version, problem, durationMs }: ToolFinding,
  { purpose, needed, silence }: ToolProbe,
): Finding {
  if (path !== null && problem !== null && problem.hint === silence) return careful(silence, 'sudo sexton status');
  if (problem !== null) {
    const detail = `${path === null ? `${tool} was not found` : problem.hint}. ${purpose}`;
    const fix = repair(notes, tool, problem, path);
    return needed ? broken(detail, fix) : careful(detail, fix);
  }
  const words = [path, version, `${durationMs} ms`].filter((word) => word !== null).join(' · ');
  return durationMs > SLOW_MS ? careful(`${words}. That is slow.`, notes.repairs.slowTool) : fine(words);
}

function repair({ repairs, repairTool }: Repairs, tool: ToolName, { code }: Problem, path: string | null): string {
  if (code === 'tool-timeout') return repairs.slowTool;
  if (code === 'not-permitted') return `sudo chmod +x ${SYSTEM_TOOLS[tool][0]}`;
  return repairTool(tool, path !== null);
}
