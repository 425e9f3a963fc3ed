/** A server's processes on its own machine: found by its data directory, ended for good. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../core/errors.ts';
import type { CommandOutput, Control } from '../core/ports/control.ts';

export interface ServerPlace {
  readonly control: Control;
  readonly data: string;
  /** Paths of its executables, patterns as `find -lname` takes them. */
  readonly programs: readonly [string, ...string[]];
}

export interface ProgramOptions {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const programSeconds = 600;
const goneSeconds = 5;
const pollMilliseconds = 50;

export const runOn = (
  control: Control,
  argv: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<CommandOutput> => control.run({ argv, timeoutSeconds: programSeconds, ...options });

/** Throws FailoverError FILES_FAILED with the program's own words. */
export async function mustRunOn(
  control: Control,
  argv: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<string> {
  const { status, stdout, stderr } = await runOn(control, argv, options);
  if (status === 0) return stdout;
  const seen = (stderr || stdout).trim().split('\n').slice(-3).join('; ');
  throw new FailoverError(`${argv[0]} at ${control.place} ended with ${status}: ${seen}`, {
    code: 'FILES_FAILED',
    hint: 'Check `control:` of that node: user, data, config and bin.',
  });
}

/**
 * Each stands in the data directory. A pid file tells less: the pid may be another program's by now, and a
 * killed parent leaves children behind that may still work.
 */
export async function processesOf(
  { control, data, programs }: ServerPlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const directory = await mustRunOn(control, ['readlink', '-f', data], { signal });
  const literal = directory.trim().replace(/[\\*?[\]]/g, '\\$&');
  const stands = ['-name', 'cwd', '-lname', literal];
  const isServer = programs.flatMap((program) => ['-o', '-name', 'exe', '-lname', program]);
  const depth = ['-mindepth', '2', '-maxdepth', '2'];
  // Its status says only that other people's processes cannot be read.
  const argv = ['find', '/proc', ...depth, '(', ...stands, ...isServer, ')'] as const;
  const { stdout } = await runOn(control, [...argv], { signal });
  const found = stdout.split('\n').map((line) => line.split('/'));
  const pids = (link: string): string[] =>
    found.flatMap(([, , pid, name]) => (pid !== undefined && name === link ? [pid] : []));
  const servers = new Set(pids('exe'));
  return pids('cwd').filter((pid) => servers.has(pid));
}

export const isRunning = async (place: ServerPlace, signal: AbortSignal): Promise<boolean> =>
  (await processesOf(place, signal)).length > 0;

/** A stop command waits in vain for a process that is stopped (T) or stuck in the kernel (D). */
export async function isFrozen(place: ServerPlace, signal: AbortSignal): Promise<boolean> {
  const pids = await processesOf(place, signal);
  if (pids.length === 0) return false;
  const argv = ['ps', '-o', 'stat=', '-p', pids.join(',')] as const;
  const { stdout } = await runOn(place.control, argv, { signal });
  return /^\s*[TD]/m.test(stdout);
}

/**
 * Stopped first, so that no parent that sees a child die starts another; then all of them are killed. `false`:
 * none was there.
 */
export async function killIfRunning(place: ServerPlace, signal: AbortSignal): Promise<boolean> {
  const first = await processesOf(place, signal);
  if (first.length === 0) return false;
  await runOn(place.control, ['kill', '-STOP', ...first], { signal });
  const all = new Set([...first, ...(await processesOf(place, signal))]);
  await runOn(place.control, ['kill', '-KILL', ...all], { signal });
  return true;
}

/** Still there after some seconds. */
export async function runsOn(place: ServerPlace, signal: AbortSignal): Promise<boolean> {
  const giveUpAt = performance.now() + goneSeconds * 1000;
  while (await isRunning(place, signal)) {
    if (performance.now() > giveUpAt) return true;
    await sleep(pollMilliseconds, undefined, { signal });
  }
  return false;
}
