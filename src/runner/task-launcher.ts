/** Runs the task entry point as a child process, in a process group of its own. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { TaskRecord } from './journal/tasks.ts';
import { identify, type ProcessIdentity } from './processes/identity.ts';
import { endOrphan, terminateGroup } from './processes/terminate.ts';

export interface TaskRequest {
  /** Goes into the child's environment as HOLDFAST_TASK. */
  readonly mark: string;
  readonly environment: Readonly<Record<string, string>>;
  /** SIGTERM to the group on abort, SIGKILL after the grace. */
  readonly signal: AbortSignal;
  /** Called once the child runs, before anything is read from it. */
  readonly onStarted: (process: ProcessIdentity) => void;
}

export interface TaskOutcome {
  /** 128 + n when signal n ended it; absent when it could not start. */
  readonly exitCode?: number;
  /** The task's own error report as JSON, or the last line that it wrote to stderr. */
  readonly reason?: string;
}

export interface TaskLauncher {
  /** Resolves when the whole group is gone. */
  run(request: TaskRequest): Promise<TaskOutcome>;
  /** Ends what a dead runner's task left behind. */
  endOrphan(task: TaskRecord): Promise<void>;
}

export interface LauncherOptions {
  /** Program and arguments: `[process.execPath, 'containers/task.ts']`. */
  readonly argv: readonly [string, ...string[]];
  /** What the child has besides the task's own variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly graceMilliseconds?: number;
  /** Each line of progress, parsed: `{"message_type":"progress",…}`. */
  readonly onProgress?: (progress: Readonly<Record<string, unknown>>, mark: string) => void;
  /** Each line of the child's stderr. */
  readonly onLog?: (line: string, mark: string) => void;
}

const defaultGraceMilliseconds = 30_000;
const drainMilliseconds = 2_000;
const longestReason = 4_000;

export function createTaskLauncher(options: LauncherOptions): TaskLauncher {
  const graceMilliseconds = options.graceMilliseconds ?? defaultGraceMilliseconds;
  return {
    run: (request) => runTask(options, graceMilliseconds, request),
    endOrphan: (task) => endOrphan({ ...task, mark: markOf(task.mark) }, { graceMilliseconds }),
  };
}

async function runTask(
  options: LauncherOptions,
  graceMilliseconds: number,
  request: TaskRequest,
): Promise<TaskOutcome> {
  const { signal, mark } = request;
  signal.throwIfAborted();
  const [program, ...parameters] = options.argv;
  const child = spawn(program, parameters, {
    cwd: options.cwd,
    env: { ...options.environment, ...request.environment, HOLDFAST_TASK: mark },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = Promise.withResolvers<TaskOutcome>();
  child.once('error', (error) => exited.resolve({ reason: error.message }));
  child.once('exit', (code, killedBy) => exited.resolve({ exitCode: statusOf(code, killedBy) }));
  const { pid } = child;
  if (pid === undefined) return exited.promise;

  const ending = { done: Promise.resolve() };
  const end = (): void => {
    ending.done = terminateGroup(pid, { graceMilliseconds });
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const identity = identify(pid);
    if (identity !== undefined) request.onStarted(identity);
    const progress = eachLine(child.stdout, (line) => readProgress(line, options, mark));
    const reason = readReason(child.stderr, (line) => options.onLog?.(line, mark));
    // They are awaited below; until then a failing listener must not end this process.
    for (const reading of [progress, reason]) reading.catch(() => undefined);
    const outcome = await exited.promise;
    // What the task left running would hold its pipes, its source, its scratch.
    await terminateGroup(pid, { graceMilliseconds });
    await endOrphan({ mark: markOf(mark) }, { graceMilliseconds });
    stopReadingSoon(child);
    await progress;
    const seen = await reason;
    return seen === undefined || outcome.exitCode === 0 ? outcome : { ...outcome, reason: seen };
  } catch (error) {
    end();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    await ending.done;
  }
}

/** As it stands in the environment. */
const markOf = (mark: string): string => `HOLDFAST_TASK=${mark}`;

/** A process that got away may hold a pipe open for ever. */
function stopReadingSoon({ stdout, stderr }: { stdout: Readable; stderr: Readable }): void {
  const timer = setTimeout(() => {
    stdout.destroy();
    stderr.destroy();
  }, drainMilliseconds);
  timer.unref();
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

async function eachLine(stream: Readable, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
}

function readProgress(line: string, { onProgress }: LauncherOptions, mark: string): void {
  const message = parseObject(line);
  if (message?.['message_type'] === 'progress') onProgress?.(message, mark);
}

async function readReason(
  stream: Readable,
  log: (line: string) => void,
): Promise<string | undefined> {
  let reason: string | undefined;
  let last: string | undefined;
  await eachLine(stream, (line) => {
    log(line);
    const message = parseObject(line);
    if (message?.['level'] === 'error' && message['error'] !== undefined) {
      reason = JSON.stringify(message['error']);
    }
    if (line.trim() !== '') last = line;
  });
  return reason ?? last?.slice(0, longestReason);
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
