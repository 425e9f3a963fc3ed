/** Executions as a whole: their time, their names, their end from outside. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../../src/core/canonical-json.ts';
import { call, end, type Live, machine, recorded, type Scenario } from '../scenario.ts';

const api = (name: string): string =>
  `https://docs.aws.amazon.com/step-functions/latest/apireference/API_${name}.html`;
const slow = machine({
  Ask: call('worker', { Output: '{% $states.result.Payload %}', End: true }),
});
const held = { worker: [{ sleepsSeconds: 2 }] };
const ended = { status: 'SUCCEEDED', output: null, states: ['Ask'] };

/** What comes of the same name once more. */
async function startAgain({ side, machine: name, execution }: Live, input: Json): Promise<Json> {
  return side.start(name, execution, input).then(
    () => 'the same execution',
    (error: Error) => /ExecutionAlreadyExists/.exec(error.message)?.[0] ?? error.message,
  );
}

export const executionScenarios: readonly Scenario[] = [
  {
    title: 'A state machine takes longer than it may',
    source: recorded('timeouts/test_timeouts.snapshot.json'),
    definition: machine(
      { Pause: { Type: 'Wait', Seconds: 3, Next: 'Last' }, Last: end },
      { TimeoutSeconds: 1 },
    ),
    expected: { status: 'TIMED_OUT', states: ['Pause'] },
  },
  {
    title: 'The same start under the same name is the same execution while it runs',
    source: api('StartExecution'),
    definition: slow,
    input: { n: 1 },
    script: held,
    during: async (live) => {
      await live.called('worker');
      return startAgain(live, { n: 1 });
    },
    expected: { ...ended, seen: 'the same execution' },
  },
  {
    title: 'Another input under the same name is refused',
    source: api('StartExecution'),
    definition: slow,
    input: { n: 1 },
    script: held,
    during: async (live) => {
      await live.called('worker');
      return startAgain(live, { n: 2 });
    },
    expected: { ...ended, seen: 'ExecutionAlreadyExists' },
  },
  {
    title: 'The name of an execution that has ended is taken',
    source: api('StartExecution'),
    definition: machine({ Last: end }),
    during: async (live) => {
      await live.side.observe(live.machine, live.execution);
      return startAgain(live, {});
    },
    expected: {
      status: 'SUCCEEDED',
      output: {},
      states: ['Last'],
      seen: 'ExecutionAlreadyExists',
    },
  },
  {
    title: 'An execution is stopped in a Wait',
    source: api('StopExecution'),
    definition: machine({ Pause: { Type: 'Wait', Seconds: 2, Next: 'Last' }, Last: end }),
    during: async ({ side, machine: name, execution }) => {
      await sleep(500);
      await side.stop(name, execution, 'enough');
      await sleep(2000);
    },
    expected: { status: 'ABORTED', states: ['Pause'] },
  },
  {
    title: 'An execution is stopped while it waits for a token',
    source: api('StopExecution'),
    definition: machine({
      Ask: call('person', {
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        TimeoutSeconds: 2,
        End: true,
      }),
    }),
    during: async (live) => {
      await live.called('person');
      await live.side.stop(live.machine, live.execution, 'enough');
      await sleep(3000);
    },
    expected: { status: 'ABORTED', states: ['Ask'] },
  },
];
