/** The user's own commands around a backup or a restore: argv, no shell, output to the log. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { SourceBase } from '../core/config/source.ts';
import { ToolError } from '../core/errors.ts';

export type HookName = keyof NonNullable<SourceBase['hooks']>;

export interface HookOptions {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** One after the other. Rejects with ToolError `HOOK_FAILED` at the first that does not exit 0. */
export async function runHooks(
  source: SourceBase,
  name: HookName,
  options: HookOptions,
): Promise<void> {
  for (const argv of source.hooks?.[name] ?? []) await runHook(name, argv, options);
}

async function runHook(
  name: HookName,
  argv: readonly string[],
  { signal, log }: HookOptions,
): Promise<void> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const lines = [child.stdout, child.stderr].map((stream) => logLines(stream, log));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, by) => resolve(code === 0 ? '' : `exit ${code ?? by}`));
  });
  const seen = await ended;
  const output = (await Promise.all(lines)).flat();
  if (seen === '') return;
  throw new ToolError(
    `Hook ${name} failed: ${program}: ${[seen, ...output.slice(-3)].join(': ')}`,
    {
      code: 'HOOK_FAILED',
      hint: `Run it by hand: ${argv.join(' ')}`,
    },
  );
}

async function logLines(stream: Readable, log: (line: string) => void): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    log(line);
    lines.push(line);
  }
  return lines;
}
