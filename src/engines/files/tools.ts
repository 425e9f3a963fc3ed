/** Programs that the engine runs itself, outside the data path. */
import { spawn } from 'node:child_process';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  type HoldfastError,
  IntegrityError,
  InterruptedError,
  TargetError,
  ToolError,
} from '../../core/errors.ts';
import type { EngineContext } from '../../core/ports/engine.ts';
import type { ExtractProgramJob } from './restore/job.ts';
import type { FailedStep } from './restore/result.ts';
import type { FilesSource } from './schema.ts';
import { getfattrArguments } from './tree/xattrs.ts';

export type FilesContext = EngineContext<FilesSource>;

export interface ToolRun {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Takes stdout; else it is kept, to 1 MiB. */
  readonly stdoutFile?: string;
}

export interface ToolOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = {
  LC_ALL: 'C',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};
const keptCharacters = 1 << 20;

/** Resolves whatever the exit status. Throws ToolError `TOOL_MISSING`, InterruptedError. */
export async function runTool(
  argv: readonly [string, ...string[]],
  { signal, cwd, stdoutFile }: ToolRun,
): Promise<ToolOutcome> {
  const [program, ...args] = argv;
  const stdout = stdoutFile === undefined ? undefined : await open(stdoutFile, 'wx', 0o600);
  const { promise, resolve, reject } = Promise.withResolvers<ToolOutcome>();
  const output = { stdout: '', stderr: '' };
  const child = spawn(program, args, {
    stdio: ['ignore', stdout?.fd ?? 'pipe', 'pipe'],
    env: environment,
    signal,
    // Ctrl-C reaches this process, which decides: a step that moves files is not cut off.
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      if (output[name].length < keptCharacters) output[name] += text;
    });
  }
  child.once('error', (error) => reject(startError(program, error, signal)));
  child.once('close', (code) => resolve({ code, ...output }));
  return promise.finally(() => stdout?.close());
}

function startError(program: string, cause: Error, signal: AbortSignal): HoldfastError {
  if (signal.aborted) {
    return new InterruptedError(`${program} was interrupted`, { code: 'INTERRUPTED', cause });
  }
  return new ToolError(`${program} did not start: ${cause.message}`, {
    code: 'TOOL_MISSING',
    hint: `Install ${program}, or check that it may be executed.`,
    cause,
  });
}

/** Lists the extended attributes of a tree into a file; `undefined` where `getfattr` is not installed. */
export async function listXattrs(context: FilesContext, root: string): Promise<string | undefined> {
  const file = join(context.scratchDir, `xattrs-${serial()}`);
  const run = { signal: context.signal, cwd: root, stdoutFile: file };
  try {
    await runTool(['getfattr', ...getfattrArguments], run);
    return file;
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'TOOL_MISSING') throw error;
    context.log('getfattr is not installed: extended attributes and ACLs are left out');
    return undefined;
  }
}

let serials = 0;
/** Scratch files of one process never meet. */
export const serial = (): number => ++serials;

/** A job without what every job has. */
export type Step = ExtractProgramJob extends infer J
  ? J extends ExtractProgramJob
    ? Omit<J, 'resultFile'>
    : never
  : never;

export interface WrittenJob {
  readonly argv: readonly [string, ...string[]];
  readonly resultFile: string;
}

/** Writes the job of a step for `files-extract`. */
export async function writeJob(context: FilesContext, step: Step): Promise<WrittenJob> {
  const jobFile = join(context.scratchDir, `${step.step}-${serial()}.json`);
  const resultFile = `${jobFile}.result`;
  await writeFile(jobFile, JSON.stringify({ ...step, resultFile }), { mode: 0o600 });
  return { argv: [...context.helper('files-extract'), jobFile], resultFile };
}

/** Runs a step that reads no archive and returns its result. */
export async function runStep<R>(
  context: FilesContext,
  step: Step,
  schema: z.ZodType<R>,
): Promise<R> {
  const job = await writeJob(context, step);
  const { code, stderr } = await runTool(job.argv, { signal: context.signal });
  if (code === 0) return schema.parse(JSON.parse(await readFile(job.resultFile, 'utf8')));
  throw await stepError(job, `files-extract failed (${code}): ${stderr.trim()}`);
}

const errorClasses = { IntegrityError, TargetError, ToolError } as const;

/** What the failed step said in its result file, as the error that it was. */
export async function stepError(job: WrittenJob, fallback: string): Promise<HoldfastError> {
  const text = await readFile(job.resultFile, 'utf8').catch(() => '{}');
  const { error } = JSON.parse(text) as FailedStep;
  if (error === undefined) return new ToolError(fallback, { code: 'TOOL_FAILED' });
  const { name, message, code, hint, retryable } = error;
  const Class = errorClasses[name as keyof typeof errorClasses] ?? ToolError;
  return new Class(message, { code, retryable, ...(hint === undefined ? {} : { hint }) });
}
