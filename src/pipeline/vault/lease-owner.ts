/** Who holds a lease, told so exactly that another process on the same host can see whether it lives. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { parseProcessStat } from '../../core/process-stat.ts';

export const leaseOwnerSchema = z.strictObject({
  /** Machine id and host name: cloned machines share the first. */
  machine: z.string(),
  boot: z.string(),
  /** Process ids mean something only inside one namespace. */
  pidNamespace: z.string(),
  pid: z.number().int(),
  /** Clock ticks from boot to the process's start: a reused id has another. */
  processStart: z.string(),
});
export type LeaseOwner = z.infer<typeof leaseOwnerSchema>;

/** This process, and what can be known here about another. */
export interface LeaseHost {
  readonly self: LeaseOwner;
  /** `unknown` for owners elsewhere. */
  look(owner: LeaseOwner): 'alive' | 'dead' | 'unknown';
}

/** Linux numbers the namespace of the host itself so (`PROC_PID_INIT_INO`). */
const hostPidNamespace = 'pid:[4026531836]';

export function localLeaseHost(): LeaseHost {
  const self: LeaseOwner = {
    machine: `${read('/etc/machine-id') ?? 'none'}/${hostname()}`,
    boot: read('/proc/sys/kernel/random/boot_id') ?? 'unknown',
    pidNamespace: pidNamespace(),
    pid: process.pid,
    processStart: processStart(process.pid) ?? 'unknown',
  };
  return { self, look: (owner) => look(self, owner) };
}

function look(self: LeaseOwner, owner: LeaseOwner): 'alive' | 'dead' | 'unknown' {
  if (self.boot === 'unknown' || owner.machine !== self.machine) return 'unknown';
  if (owner.pidNamespace !== self.pidNamespace) return 'unknown';
  if (owner.boot !== self.boot) {
    // Containers made from one image may share a machine id: only the host itself knows it restarted.
    return self.pidNamespace === hostPidNamespace ? 'dead' : 'unknown';
  }
  return processStart(owner.pid) === owner.processStart ? 'alive' : 'dead';
}

function processStart(pid: number): string | undefined {
  const text = read(`/proc/${pid}/stat`);
  const stat = text === undefined ? undefined : parseProcessStat(text);
  return stat?.ended ? undefined : stat?.startTicks;
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'unknown';
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
