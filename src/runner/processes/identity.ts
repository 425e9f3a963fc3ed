/** Which process is meant, for good: a pid alone comes back. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { type ProcessStat, parseProcessStat } from '../../core/process-stat.ts';

export interface ProcessIdentity {
  /** The host and the process namespace. */
  readonly machine: string;
  /** The kernel's boot id: after a reboot every process of before is dead. */
  readonly boot: string;
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat; '' where there is no /proc. */
  readonly started: string;
}

/** The identity of a running process, or undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { machine: machineId(), boot: bootId(), pid, started };
}

export function ownIdentity(): ProcessIdentity {
  return {
    machine: machineId(),
    boot: bootId(),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
  };
}

export const sameProcess = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
  a.machine === b.machine && a.boot === b.boot && a.pid === b.pid && a.started === b.started;

/** `elsewhere`: another machine's process, of which nothing is known from here. */
export function livenessOf(identity: ProcessIdentity): 'alive' | 'dead' | 'elsewhere' {
  if (identity.machine !== machineId()) return 'elsewhere';
  if (identity.boot !== bootId()) return 'dead';
  return startOf(identity.pid) === identity.started ? 'alive' : 'dead';
}

/** A zombie has ended: only its exit status remains. */
function startOf(pid: number): string | undefined {
  const state = processState(pid);
  if (state !== undefined) return state.ended ? undefined : state.startTicks;
  return hasProc || !signalReaches(pid) ? undefined : '';
}

const hasProc = readText('/proc/self/stat') !== undefined;

export function processState(pid: number): ProcessStat | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseProcessStat(stat);
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

let machine: string | undefined;
let boot: string | undefined;
/** With the process namespace: pids of one container mean nothing in another. */
const machineId = (): string => (machine ??= `${hostId()}/${pidNamespace()}`);
const hostId = (): string => readText('/etc/machine-id')?.trim() || hostname();
const bootId = (): string =>
  (boot ??= readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown');

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
