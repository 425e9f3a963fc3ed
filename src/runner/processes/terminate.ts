/** Ends whole process groups: SIGTERM, a grace, then SIGKILL. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { livenessOf, type ProcessIdentity, processState } from './identity.ts';

const pollMilliseconds = 20;

export interface Grace {
  readonly graceMilliseconds: number;
}

/** Ends every process of the group and returns when none is left. */
export async function terminateGroup(group: number, { graceMilliseconds }: Grace): Promise<void> {
  signalGroup(group, 'SIGTERM');
  if (await goneWithin(group, graceMilliseconds)) return;
  signalGroup(group, 'SIGKILL');
  await goneWithin(group, 5_000);
}

/**
 * Ends what a dead runner left: the group that its task led, and, where /proc tells, every process
 * whose environment carries the task's mark (a task that was spawned but not yet recorded).
 */
export async function endOrphan(
  orphan: { readonly mark: string; readonly process?: ProcessIdentity },
  grace: Grace,
): Promise<void> {
  const leader = orphan.process;
  const groups = new Set(groupsMarked(orphan.mark));
  if (leader !== undefined && isStillThatGroup(leader)) groups.add(leader.pid);
  await Promise.all([...groups].map((group) => terminateGroup(group, grace)));
}

/** The leader may be gone while its group lives; a group's id is not given away until then. */
function isStillThatGroup(leader: ProcessIdentity): boolean {
  const liveness = livenessOf(leader);
  if (liveness === 'alive') return true;
  if (liveness === 'elsewhere') return false;
  const now = processState(leader.pid);
  return now === undefined ? false : now.startTicks === leader.started;
}

/** A zombie can be signalled and has ended all the same: where there is /proc, it tells them apart. */
function groupAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  const all = processIds();
  if (all.length === 0) return true;
  return all.map(processState).some((one) => one?.group === group && !one.ended);
}

async function goneWithin(group: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (groupAlive(group)) {
    if (performance.now() >= deadline) return false;
    await sleep(pollMilliseconds);
  }
  return true;
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

function groupsMarked(mark: string): number[] {
  return processIds()
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark))
    .map((pid) => processState(pid)?.group ?? 0)
    .filter((group) => group > 1);
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
