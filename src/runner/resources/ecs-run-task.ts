/** `ecs:runTask.sync`: a child process, told of as the ECS task that it stands for. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '../../core/canonical-json.ts';
import type { Journal } from '../journal/journal.ts';
import { StateError } from '../state-error.ts';
import type { TaskLauncher, TaskOutcome } from '../task-launcher.ts';
import type { Resource } from './resource.ts';

const argumentsSchema = z.looseObject({
  TaskDefinition: z.string(),
  Cluster: z.string().optional(),
  Overrides: z
    .looseObject({
      ContainerOverrides: z
        .array(
          z.looseObject({
            Name: z.string().optional(),
            Environment: z
              .array(z.strictObject({ Name: z.string(), Value: z.string() }))
              .default([]),
          }),
        )
        .min(1),
    })
    .optional(),
});
type RunTask = z.infer<typeof argumentsSchema>;

export interface EcsOptions {
  readonly launcher: TaskLauncher;
  readonly journal: Journal;
  readonly now: () => Date;
}

export function ecsRunTask({ launcher, journal, now }: EcsOptions): Resource {
  return {
    service: 'ecs',
    action: 'runTask.sync',
    run: async ({ arguments: given, execution, scope, signal, submitted }) => {
      const request = parse(given);
      const mark = `${execution}/${randomUUID()}`;
      // The mark is known before the child is: a child nobody recorded can be found by it.
      journal.tasks.save({ execution, scope }, { mark });
      const startedAt = now();
      try {
        const outcome = await launcher.run({
          mark,
          environment: environmentOf(request),
          signal,
          onStarted: (process) => {
            journal.tasks.save({ execution, scope }, { mark, process });
            submitted({ Failures: [], Tasks: [identity(request, mark)] });
          },
        });
        signal.throwIfAborted();
        return finish(request, { mark, outcome, startedAt, stoppedAt: now() });
      } finally {
        journal.tasks.remove(mark);
      }
    },
  };
}

function parse(given: Json): RunTask {
  const parsed = argumentsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new StateError('ECS.InvalidParameterException', z.prettifyError(parsed.error));
}

function environmentOf({ Overrides }: RunTask): Record<string, string> {
  const [container] = Overrides?.ContainerOverrides ?? [];
  return Object.fromEntries((container?.Environment ?? []).map(({ Name, Value }) => [Name, Value]));
}

interface Stopped {
  readonly mark: string;
  readonly outcome: TaskOutcome;
  readonly startedAt: Date;
  readonly stoppedAt: Date;
}

function finish(request: RunTask, stopped: Stopped): Json {
  const task = describe(request, stopped);
  if (stopped.outcome.exitCode === 0) return task;
  throw new StateError('States.TaskFailed', JSON.stringify(task));
}

const identity = ({ Cluster, TaskDefinition }: RunTask, mark: string) => ({
  ClusterArn: Cluster ?? 'local',
  TaskArn: `arn:aws:ecs:local:000000000000:task/${mark.split('/').at(-1) ?? mark}`,
  TaskDefinitionArn: TaskDefinition,
});

/** The one task object that a `.sync` state is given, and whose text is the Cause of a failure. */
function describe(request: RunTask, { mark, outcome, startedAt, stoppedAt }: Stopped): Json {
  const { exitCode, reason } = outcome;
  const ran = exitCode !== undefined;
  const name = request.Overrides?.ContainerOverrides[0]?.Name ?? 'task';
  return {
    ...identity(request, mark),
    Containers: [
      {
        LastStatus: 'STOPPED',
        Name: name,
        ...(ran ? { ExitCode: exitCode } : {}),
        ...(reason === undefined ? {} : { Reason: reason }),
      },
    ],
    LastStatus: 'STOPPED',
    Overrides: (request.Overrides ?? {}) as Json,
    StartedAt: startedAt.getTime(),
    StopCode: ran ? 'EssentialContainerExited' : 'TaskFailedToStart',
    StoppedAt: stoppedAt.getTime(),
    StoppedReason: ran
      ? 'Essential container in task exited'
      : `CannotStartContainerError: ${reason ?? 'unknown'}`,
  };
}
