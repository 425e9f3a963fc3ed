/** Child processes of the data path: started in a group of their own, ended as a group, heard to the end. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolError } from '../../core/errors.ts';
import type { Command } from '../../core/ports/engine.ts';

const stderrKeptBytes = 8192;
const stderrLines = 6;
const graceMilliseconds = 5000;

export interface ToolProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** Settles when it has ended: `undefined` for exit 0, else what to report. Never rejects. */
  readonly failure: Promise<ToolError | undefined>;
  /** How it ended: an exit status or a signal; `undefined` when it did not start. */
  readonly status: Promise<number | NodeJS.Signals | undefined>;
  /** SIGTERM to its group, then SIGKILL; settles when it is gone. Safe to repeat. */
  end(): Promise<void>;
}

/** `stdio` without stderr: its last lines go into the error. An explicit `env` replaces the inherited one. */
export function startTool(command: Command, stdio: [StdioItem, StdioItem]): ToolProcess {
  const [program, ...args] = command.argv;
  const { env, cwd, uid, gid } = command;
  const child = spawn(program, args, {
    stdio: [...stdio, 'pipe'] as StdioOptions,
    detached: true,
    ...(env && { env: { ...env } }),
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  const name = basename(program);
  const tail = keepTail(child);
  const exited = waitForExit(child);
  return {
    name,
    child,
    failure: exited.then(async (exit) => describe(name, exit, await tail)),
    status: exited.then((exit) => ('error' in exit ? undefined : (exit.signal ?? exit.code ?? 0))),
    end: () => endGroup(child, exited),
  };
}

type StdioItem = 'pipe' | 'ignore' | number | ChildProcess['stdout'];
type Exit =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: Error };

/** `exit`, not `close`: a pipe handed to a sibling may keep `close` from ever coming. */
function waitForExit(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ error }));
  });
}

async function keepTail(child: ChildProcess): Promise<string> {
  let kept = Buffer.alloc(0);
  child.stderr?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-stderrKeptBytes);
  });
  await new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  // A grandchild may keep stderr open for ever.
  if (child.stderr && !child.stderr.readableEnded) {
    await Promise.race([once(child.stderr, 'close').catch(() => undefined), sleep(200)]);
    child.stderr.destroy();
  }
  return kept.toString('utf8').trim().split('\n').slice(-stderrLines).join('\n');
}

function describe(name: string, exit: Exit, tail: string): ToolError | undefined {
  if ('error' in exit) {
    return new ToolError(`${name} did not start: ${exit.error.message}`, {
      code: 'TOOL_MISSING',
      hint: `Install ${name}, or check that it may be executed.`,
      cause: exit.error,
    });
  }
  if (exit.code === 0) return undefined;
  const status = exit.signal === null ? `exit status ${exit.code}` : `signal ${exit.signal}`;
  return new ToolError(`${name} failed with ${status}: ${tail || 'it said nothing'}`, {
    code: 'TOOL_FAILED',
  });
}

async function endGroup(child: ChildProcess, exited: Promise<Exit>): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const timeout = new AbortController();
  const grace = sleep(graceMilliseconds, undefined, { signal: timeout.signal }).catch(
    () => undefined,
  );
  await Promise.race([exited, grace]);
  timeout.abort();
  // Its descendants too, also where it went by itself.
  signalGroup(pid, 'SIGKILL');
  await exited;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
