import { gatewayProgram, isLauncher, mayServeApi } from '../observe/process/programs.ts';
import type { ProcessRecord } from '../platform/types.ts';
import { descendantsOf, type Evidence, kinAbove, nameOf } from './evidence.ts';

/** How a process is related to a Gateway, or to something that may be one. */
export interface Kin {
  relation: 'ancestor' | 'descendant';
  relative: number;
  /**
   * `serves`: the relative holds a protected port. `gateway`: it is a Gateway program, which does not listen while it
   * logs in. `java`: it is a Java program with nothing of a Gateway in its command line, such as an IDE.
   */
  because: 'serves' | 'gateway' | 'java';
}

/**
 * Parents and children of everything that serves a protected port and of every running Gateway program, and the parents
 * of any other Java. A launcher (login shell, sshd, launchd) belongs to no family and ends one. A process related to
 * several gets the strongest reason.
 */
export function findFamily(
  servers: ReadonlySet<number>,
  { processes }: Evidence,
  children: ReadonlyMap<number, ProcessRecord[]>,
): ReadonlyMap<number, Kin> {
  const family = new Map<number, Kin>();
  const add = (pid: number, kin: Kin) => {
    if (pid !== kin.relative && !family.has(pid)) family.set(pid, kin);
  };
  const addAbove = (relative: number, because: Kin['because']) => {
    for (const pid of kinAbove(relative, processes)) add(pid, { relation: 'ancestor', relative, because });
  };
  const addBelow = (relative: number, because: Kin['because']) => {
    for (const { pid } of descendantsOf(relative, children, isLauncher)) {
      add(pid, { relation: 'descendant', relative, because });
    }
  };
  const programs = [...processes.values()].filter((process) => !process.corpse && gatewayProgram(process) !== null);
  const gateways = programs.filter(mayServeApi);
  for (const [relatives, because] of [
    [servers, 'serves'],
    [gateways.map(({ pid }) => pid), 'gateway'],
  ] as const) {
    for (const relative of relatives) {
      addAbove(relative, because);
      addBelow(relative, because);
    }
  }
  for (const { pid } of programs) addAbove(pid, 'java');
  return family;
}

const BECAUSE: Readonly<Record<Kin['because'], string>> = {
  serves: 'which serves an API port',
  gateway: 'which only you restart',
  java: 'which may be a Gateway',
};

/** "a parent of IB Gateway (655), which serves an API port". */
export function kinWords({ relation, relative, because }: Kin, evidence: Evidence): string {
  return `${relation === 'ancestor' ? 'a parent' : 'a child'} of ${nameOf(relative, evidence)}, ${BECAUSE[because]}`;
}
