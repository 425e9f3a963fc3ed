/** Runs one program to its end: its status is an answer, its time is bounded. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { ControlError } from '../core/errors.ts';
import type { CommandOutput, RunRequest } from '../core/ports/control.ts';

const longestOutput = 1 << 22;
/** A daemon that the program left behind may hold its pipes for ever. */
const drainMilliseconds = 100;

export function runProgram(place: string, request: RunRequest): Promise<CommandOutput> {
  const { argv, env, input, timeoutSeconds, signal } = request;
  const [program, ...args] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutput>();
  const child = spawn(program, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...inherited(), LC_ALL: 'C', ...env },
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  const stop = (): void => {
    child.kill('SIGKILL');
    reject(stopped(place, request, signal.aborted));
  };
  limit.addEventListener('abort', stop, { once: true });
  if (limit.aborted) stop();
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  child.once('error', (cause) => reject(notStarted(place, program, cause)));
  child.once('exit', (code, killed) => {
    limit.removeEventListener('abort', stop);
    const finish = (): void => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ status: code ?? 128, stdout: stdout(), stderr: stderr() || (killed ?? '') });
    };
    const timer = setTimeout(finish, drainMilliseconds);
    child.once('close', finish);
  });
  return promise;
}

/** Not the rest: a server that is started would keep this process' secrets in its environment. */
const kept = ['PATH', 'HOME', 'SSH_AUTH_SOCK'];
const inherited = (): Record<string, string> =>
  Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

function collect(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-longestOutput);
  });
  return () => text;
}

function stopped(
  place: string,
  { argv, timeoutSeconds }: RunRequest,
  aborted: boolean,
): ControlError {
  const why = aborted ? 'was interrupted' : `did not end within ${timeoutSeconds} s`;
  return new ControlError(`${argv[0]} at ${place} ${why}`, {
    code: 'CONTROL_TIMEOUT',
    hint: 'Look at that machine: the command may still have taken effect.',
  });
}

const notStarted = (place: string, program: string, cause: Error): ControlError =>
  new ControlError(`${program} cannot be run at ${place}: ${cause.message}`, {
    code: 'CONTROL_UNREACHABLE',
    hint: 'Check `control:` of that node.',
    cause,
  });
