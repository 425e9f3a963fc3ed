/** Types of the events of whole executions, as GetExecutionHistory gave them on AWS. */
import {
  ask,
  call,
  catchAs,
  end,
  machine,
  page,
  recorded,
  type Scenario,
  task,
} from './scenario.ts';

export interface RecordedHistory
  extends Pick<Scenario, 'title' | 'source' | 'definition' | 'input' | 'script'> {
  readonly types: readonly string[];
}

const scheduled = ['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted'];
const throws = { worker: [{ throws: 'Broken' }] };

export const histories: readonly RecordedHistory[] = [
  {
    title: 'a function that throws',
    source: recorded('error_handling/test_task_service_lambda.snapshot.json'),
    definition: machine({ Ask: call('worker', { End: true }) }),
    script: throws,
    types: [...scheduled, 'TaskFailed', 'ExecutionFailed'],
  },
  {
    title: 'a function whose error is caught',
    source: recorded('states_variables/test_error_output.snapshot.json'),
    definition: machine({
      Ask: call('worker', { ...catchAs('States.ALL', 'Caught'), End: true }),
      Caught: end,
    }),
    script: throws,
    types: [
      ...scheduled,
      ...['TaskFailed', 'TaskStateExited', 'PassStateEntered', 'PassStateExited'],
      'ExecutionSucceeded',
    ],
  },
  {
    title: 'a function that takes too long',
    source: recorded('timeouts/test_timeouts.snapshot.json'),
    definition: machine({ Ask: call('worker', { TimeoutSeconds: 1, End: true }) }),
    script: { worker: [{ sleepsSeconds: 2 }] },
    types: [...scheduled, 'TaskTimedOut', 'ExecutionFailed'],
  },
  {
    title: 'a lost heartbeat',
    source: recorded('timeouts/test_heartbeats.snapshot.json'),
    definition: machine({
      Ask: ask('worker', { TimeoutSeconds: 600, HeartbeatSeconds: 1, End: true }),
    }),
    types: [...scheduled, 'TaskSubmitted', 'TaskTimedOut', 'ExecutionFailed'],
  },
  {
    title: 'a task in a container',
    source: recorded('services/test_ecs_task_service.snapshot.json'),
    definition: machine({ Run: task('dump', { End: true }) }),
    types: [
      ...scheduled,
      ...['TaskSubmitted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded'],
    ],
  },
  {
    title: 'a Map',
    source: recorded('evaluate_jsonata/test_base_evaluate_expressions.snapshot.json'),
    definition: machine({
      Each: {
        Type: 'Map',
        Items: '{% [1, 2] %}',
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'Process', States: { Process: end } },
        End: true,
      },
    }),
    types: [
      ...['ExecutionStarted', 'MapStateEntered', 'MapStateStarted'],
      ...['MapIterationStarted', 'PassStateEntered', 'PassStateExited', 'MapIterationSucceeded'],
      ...['MapIterationStarted', 'PassStateEntered', 'PassStateExited', 'MapIterationSucceeded'],
      ...['MapStateSucceeded', 'MapStateExited', 'ExecutionSucceeded'],
    ],
  },
  {
    title: 'a Map whose only item fails',
    source: recorded('timeouts/test_timeouts.snapshot.json'),
    definition: machine({
      Each: {
        Type: 'Map',
        Items: '{% [1] %}',
        ItemProcessor: {
          StartAt: 'Ask',
          States: { Ask: call('worker', { TimeoutSeconds: 1, End: true }) },
        },
        End: true,
      },
    }),
    script: { worker: [{ sleepsSeconds: 2 }] },
    types: [
      ...['ExecutionStarted', 'MapStateEntered', 'MapStateStarted', 'MapIterationStarted'],
      ...['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskTimedOut'],
      ...['MapIterationFailed', 'MapStateFailed', 'ExecutionFailed'],
    ],
  },
  {
    title: 'an execution that takes too long',
    source: page('statemachine-structure'),
    definition: machine({ Pause: { Type: 'Wait', Seconds: 9, End: true } }, { TimeoutSeconds: 1 }),
    types: ['ExecutionStarted', 'WaitStateEntered', 'ExecutionTimedOut'],
  },
];
