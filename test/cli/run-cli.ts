/** Runs the real command line as a process, in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const program = resolve('src/cli/holdfast.ts');

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface RunOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with the process when it has started. */
  readonly during?: (child: ChildProcess) => void;
}

export async function runCli(words: readonly string[], options: RunOptions): Promise<Ran> {
  const started = performance.now();
  const child = spawn(process.execPath, [program, ...words], {
    cwd: options.cwd,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(tmpdir(), 'holdfast-cache'),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  options.during?.(child);
  const { promise, resolve: done } = Promise.withResolvers<number | null>();
  child.once('close', (code) => done(code));
  const exitCode = await promise;
  return { exitCode, stdout, stderr, seconds: (performance.now() - started) / 1000 };
}

/** The answer of a command run with `--json`. */
export async function runJson(words: readonly string[], options: RunOptions) {
  const ran = await runCli([...words, '--json'], options);
  return { ...ran, answer: JSON.parse(ran.stdout) };
}

/** Removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
