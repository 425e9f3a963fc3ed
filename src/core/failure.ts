/**
 * Reads an ErrorReport back from what a state machine knows of a failure: its Error and its Cause.
 * Four shapes: a stopped ECS task as JSON, a Lambda's `{errorType, errorMessage}`, the plain text of
 * an API error, nothing.
 */
import { z } from 'zod';
import type { StateFailure } from './contracts/functions.ts';
import { errorReportSchema } from './contracts/results.ts';
import { transientExitCode } from './contracts/tasks.ts';
import type { ErrorReport } from './errors.ts';

const stoppedTaskSchema = z.object({
  StoppedReason: z.string().optional(),
  Containers: z.array(
    z.object({ ExitCode: z.number().optional(), Reason: z.string().optional() }).loose(),
  ),
});
const lambdaErrorSchema = z.object({ errorType: z.string().optional(), errorMessage: z.string() });

export function failureReport(failure: StateFailure): ErrorReport {
  const cause = parseJson(failure.Cause);
  const task = stoppedTaskSchema.safeParse(cause);
  if (task.success) return taskReport(failure, task.data);
  const lambda = lambdaErrorSchema.safeParse(cause);
  const text = lambda.success ? lambda.data.errorMessage : failure.Cause;
  return nestedReport(text) ?? plainReport(failure.Error, text);
}

/** The exit status of a task that fails so. Another's lease is not worth waiting for here. */
export const exitStatusOf = ({ exitCode, retryable }: ErrorReport): number =>
  retryable && exitCode === 1 ? transientExitCode : exitCode;

/**
 * ECS tells a state machine an exit status and no words: then `note`, what the task left in the vault,
 * is the report, unless the task ended otherwise than the note says (an earlier attempt left it).
 */
export function failureOfTask(failure: StateFailure, note: ErrorReport | undefined): ErrorReport {
  const task = stoppedTaskSchema.safeParse(parseJson(failure.Cause));
  const exitCode = task.data?.Containers[0]?.ExitCode;
  const isAboutThis = note !== undefined && exitCode === exitStatusOf(note);
  return isAboutThis ? note : failureReport(failure);
}

function taskReport(failure: StateFailure, task: z.infer<typeof stoppedTaskSchema>): ErrorReport {
  const [container] = task.Containers;
  const reason = container?.Reason ?? task.StoppedReason ?? '';
  const seen = endOf(container?.ExitCode);
  const text = reason === '' ? seen : `${seen}: ${reason}`;
  return nestedReport(reason) ?? plainReport(failure.Error, text);
}

/** 128 + the signal that ended it. */
const signals: Readonly<Record<number, string>> = {
  134: 'aborted itself',
  137: 'was killed, often for want of memory',
  139: 'crashed',
  143: 'was told to end',
};

function endOf(exitCode: number | undefined): string {
  if (exitCode === undefined) return 'the task never ran';
  const meaning = signals[exitCode];
  return meaning === undefined
    ? `the task exited ${exitCode}`
    : `the task ${meaning} (${exitCode})`;
}

function nestedReport(text: string): ErrorReport | undefined {
  const parsed = errorReportSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { hint, ...rest } = parsed.data;
  return hint === undefined ? rest : { ...rest, hint };
}

function plainReport(name: string, text: string): ErrorReport {
  const message = text === '' ? withoutCause(name) : text.slice(0, 1000);
  return { name, code: codeOf(name), message, exitCode: 1, retryable: false };
}

/** Step Functions gives a timeout no Cause. */
const withoutCause = (name: string): string =>
  name === 'States.Timeout'
    ? 'the step did not end within its time limit'
    : `${name}: no cause was given`;

const codeOf = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z]+/g, '_')
    .toUpperCase();

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
