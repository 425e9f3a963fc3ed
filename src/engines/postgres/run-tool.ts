/** Runs a PostgreSQL program outside the data path: its output is small and kept in memory. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { InterruptedError, ToolError } from '../../core/errors.ts';
import type { Command } from '../../core/ports/engine.ts';

const longestStderr = 1 << 16;

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Written to the program's stdin; absent: no stdin. */
  readonly input?: string;
}

export interface RunOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves when the program exits 0; throws ToolError (TOOL_FAILED, TOOL_MISSING) or InterruptedError. */
export function runTool(command: Command, options: RunOptions = {}): Promise<RunOutput> {
  const [program, ...args] = command.argv;
  const { promise, resolve, reject } = Promise.withResolvers<RunOutput>();
  const child = spawn(program, args, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...spawnIdentity(command),
  });
  const stdout = collect(child.stdout, Number.POSITIVE_INFINITY);
  const stderr = collect(child.stderr, longestStderr);
  const stop = () => child.kill('SIGTERM');
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input);
  child.once('error', (cause) => {
    reject(
      new ToolError(`${program} did not start: ${cause.message}`, { code: 'TOOL_MISSING', cause }),
    );
  });
  child.once('close', (code, signal) => {
    options.signal?.removeEventListener('abort', stop);
    if (code === 0) resolve({ stdout: stdout(), stderr: stderr() });
    else if (options.signal?.aborted) reject(interrupted(program));
    else reject(toolFailure(program, code ?? signal, stderr()));
  });
  return promise;
}

/** What `spawn` needs to run as somebody else; an explicit environment replaces the inherited one. */
export function spawnIdentity(command: Command) {
  return {
    ...(command.env === undefined ? {} : { env: command.env }),
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.uid === undefined ? {} : { uid: command.uid }),
    ...(command.gid === undefined ? {} : { gid: command.gid }),
  };
}

export function interrupted(program: string): InterruptedError {
  return new InterruptedError(`${program} was stopped`, { code: 'INTERRUPTED' });
}

export function toolFailure(
  program: string,
  status: number | string | null,
  stderr: string,
): ToolError {
  const seen = stderr.trim().split('\n').slice(-6).join('\n') || 'it said nothing';
  return new ToolError(`${program} ended with ${status ?? 'no status'}: ${seen}`, {
    code: 'TOOL_FAILED',
  });
}

function collect(stream: Readable | null, longest: number): () => string {
  let text = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    text = (text + chunk).slice(-longest);
  });
  return () => text;
}
