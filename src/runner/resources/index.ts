/** The integrations that a Task may name, one line each. */
import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { TaskLauncher } from '../task-launcher.ts';
import { ecsRunTask } from './ecs-run-task.ts';
import { type FunctionHandler, lambdaInvoke } from './lambda-invoke.ts';
import type { Resources } from './resource.ts';
import { sendTaskSuccess } from './send-task-success.ts';
import { beginExecution, type Nesting, startExecution } from './start-execution.ts';
import { openTaskTokens } from './task-tokens.ts';

export interface ResourceParts {
  readonly functions: Readonly<Record<string, FunctionHandler>>;
  readonly tasks: TaskLauncher;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly nesting: Nesting;
}

export function openResources(parts: ResourceParts): Resources {
  const { functions, tasks: launcher, journal, clock, nesting } = parts;
  const byArn = new Map([
    ['arn:aws:states:::lambda:invoke', lambdaInvoke(functions)],
    ['arn:aws:states:::ecs:runTask.sync', ecsRunTask({ launcher, journal, now: clock.now })],
    ['arn:aws:states:::states:startExecution', beginExecution(nesting)],
    ['arn:aws:states:::states:startExecution.sync:2', startExecution(nesting)],
    ['arn:aws:states:::aws-sdk:sfn:sendTaskSuccess', sendTaskSuccess(journal)],
  ]);
  return { byArn, tokens: openTaskTokens(journal, clock) };
}
