/** One task: its input from the environment, its result to the vault, its error to stderr. */
import { z } from 'zod';
import {
  type AnyTaskVerb,
  type TaskEnvironment,
  taskEnvironmentSchema,
} from '../src/core/contracts/tasks.ts';
import { HoldfastError, InterruptedError, reportError, UsageError } from '../src/core/errors.ts';
import { exitStatusOf } from '../src/core/failure.ts';
import { writeResult } from '../src/pipeline/vault/index.ts';
import { type AmbientOptions, ambientSite } from '../src/wiring/ambient-site.ts';
import type { Site } from '../src/wiring/site.ts';
import { progressLines } from './progress-lines.ts';
import type { TaskWork } from './task-work.ts';

export interface TaskOptions extends Omit<AmbientOptions, 'log'> {
  readonly signal: AbortSignal;
  readonly writeOut: (line: string) => void;
  readonly writeError: (line: string) => void;
}

/** Loaded when asked for: a dump needs no drill. */
const verbs: Readonly<Record<AnyTaskVerb, () => Promise<TaskWork>>> = {
  dump: async () => (await import('./dump.ts')).dumpTask,
  copy: async () => (await import('./copy.ts')).copyTask,
  read: async () => (await import('./read.ts')).readTask,
  restore: async () => (await import('./restore.ts')).restoreTask,
  drill: async () => (await import('./drill.ts')).drillTask,
  'failover-drill': async () => (await import('./failover-drill.ts')).failoverDrillTask,
};

/** Never rejects; returns the exit status. */
export async function runTask(options: TaskOptions): Promise<number> {
  const { now, writeError } = options;
  let mask = (text: string) => text;
  let subject: Subject = {};
  const say = (line: Readonly<Record<string, unknown>>) =>
    writeError(mask(JSON.stringify({ time: now().toISOString(), ...subject, ...line })));
  try {
    const environment = parseEnvironment(options.environment);
    subject = subjectOf(environment);
    const log: AmbientOptions['log'] = (message, fields) =>
      say({ level: 'info', message, ...fields });
    const site = await ambientSite({ ...options, log });
    mask = site.secrets.mask;
    await perform(environment, site, options);
    return 0;
  } catch (error) {
    const report = reportError(options.signal.aborted ? interruption(options.signal) : error);
    say({ level: 'error', error: report });
    return exitStatusOf(report);
  }
}

/** Every line of a task says whose it is: many tasks write into one log. */
interface Subject {
  readonly verb?: AnyTaskVerb;
  readonly execution?: string;
  readonly source?: string;
  readonly backupId?: string;
}

const subjectSchema = z.object({ source: z.string(), backupId: z.string() }).partial().catch({});

function subjectOf(environment: TaskEnvironment): Subject {
  const { HOLDFAST_VERB: verb, HOLDFAST_EXECUTION: execution, HOLDFAST_INPUT: input } = environment;
  const { source, backupId } = subjectSchema.parse(JSON.parse(input));
  return { verb, execution, ...(source && { source }), ...(backupId && { backupId }) };
}

/** Whatever an abort made fail on its way: what happened is that somebody stopped it. */
function interruption({ reason }: AbortSignal): HoldfastError {
  if (reason instanceof HoldfastError) return reason;
  return new InterruptedError('The task was interrupted', {
    code: 'INTERRUPTED',
    hint: 'Run it again; what was half done has been removed.',
  });
}

async function perform(
  { HOLDFAST_VERB: verb, HOLDFAST_EXECUTION: execution, HOLDFAST_INPUT: input }: TaskEnvironment,
  site: Site,
  { signal, writeOut, now }: TaskOptions,
): Promise<void> {
  const progress = progressLines({ verb, execution, now, write: writeOut });
  const parsed: unknown = JSON.parse(input);
  const { from } = z.object({ from: z.string().default('primary') }).parse(parsed);
  try {
    const work = await verbs[verb]();
    const result = await work(parsed, { site, execution, signal, progress });
    await leave(site, execution, { verb, from, value: result });
  } catch (error) {
    // The error itself matters more than the note about it.
    const shown = signal.aborted ? interruption(signal) : error;
    const note = { verb, from, value: { error: reportError(shown) } };
    await leave(site, execution, note).catch(() => undefined);
    throw error;
  }
}

async function leave(
  site: Site,
  execution: string,
  note: { readonly verb: AnyTaskVerb; readonly from: string; readonly value: unknown },
): Promise<void> {
  const vault = await site.vaults.openForNotes(note.from);
  await writeResult(vault, execution, note.verb, note.value);
}

function parseEnvironment(environment: TaskOptions['environment']): TaskEnvironment {
  const parsed = taskEnvironmentSchema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`The task's environment is not understood: ${issue?.path[0]?.toString()}`, {
    code: 'TASK_ENVIRONMENT_INVALID',
    hint: 'Tasks are started by the state machines.',
    cause: parsed.error,
  });
}
