/** Programs that stand for one machine: run as the server's user, and killed all at once, as a power cut does. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
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
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export function openMachine({ argv, env, identity, folder, log, data }: MachineOptions): Machine {
  let child: ChildProcess | undefined;
  const kill = async () => {
    const pids = [...(await standingIn(data)), ...(await descendantsOf(child?.pid))];
    for (const pid of new Set(pids)) signalIfThere(pid, 'SIGKILL');
  };
  return {
    start() {
      const [program, ...args] = argv;
      const output = openSync(log, 'a');
      const stdio = ['ignore', output, output] as const;
      child = spawn(program, args, { ...identity, cwd: folder, env, stdio: [...stdio] });
    },
    kill,
    async stop() {
      child?.kill('SIGTERM');
      if (child?.exitCode === null && child.signalCode === null)
        await Promise.race([once(child, 'exit'), sleep(10_000)]);
      await kill();
    },
  };
}

async function standingIn(data: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(
    pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)),
  );
  return pids.filter((_, n) => places[n] === data).map(Number);
}

async function descendantsOf(root: number | undefined): Promise<number[]> {
  if (root === undefined) return [];
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=']);
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
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
