/** Programs that stand for one machine: run as the server's user, and killed all at once, as a power cut does. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerIdentity } from '../../src/engines/postgres/server-identity.ts';

export interface MachineOptions {
  /** The program that watches over the server, and starts it. */
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly identity: ServerIdentity;
  readonly folder: string;
  readonly log: string;
  /** The server's data directory: its processes stand in it, whoever their parent is. */
  readonly data: string;
}

export interface Machine {
  start(): void;
  /** SIGKILL to everything on it. */
  kill(): void;
  stop(): Promise<void>;
}

/** Whatever ends this process ends them: nothing of a race is left to run. */
const open = new Set<Machine>();
process.once('exit', () => {
  for (const machine of open) machine.kill();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));

export function openMachine({ argv, env, identity, folder, log, data }: MachineOptions): Machine {
  let child: ChildProcess | undefined;
  const runs = () => child?.exitCode === null && child.signalCode === null;
  const machine: Machine = {
    start() {
      open.add(machine);
      const [program, ...args] = argv;
      const output = openSync(log, 'a');
      const stdio = ['ignore', output, output] as const;
      child = spawn(program, args, { ...identity, cwd: folder, env, stdio: [...stdio] });
      closeSync(output);
    },
    kill() {
      const family = runs() && child?.pid !== undefined ? descendantsOf(child.pid) : [];
      for (const pid of new Set([...family, ...standingIn(data)])) signalIfThere(pid, 'SIGKILL');
    },
    async stop() {
      if (child !== undefined && runs()) {
        child.kill('SIGTERM');
        await Promise.race([once(child, 'exit'), sleep(10_000)]);
      }
      machine.kill();
      open.delete(machine);
    },
  };
  return machine;
}

function standingIn(data: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => placeOf(pid) === data).map(Number);
}

function placeOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** With itself. */
function descendantsOf(root: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=']).toString().trim().split('\n');
  const all = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) {
    for (const [pid = 0, ppid] of all) if (ppid === parent) found.push(pid);
  }
  return found;
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
