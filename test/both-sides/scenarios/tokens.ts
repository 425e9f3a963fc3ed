/** Tasks that wait for somebody to bring their token back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenOf } from '../perform.ts';
import {
  ask,
  catchAs,
  end,
  type Live,
  machine,
  page,
  recorded,
  type Scenario,
  type TokenAnswer,
} from '../scenario.ts';

const tokens = page('connect-to-resource');
const answering = (answer: TokenAnswer) => async (live: Live) =>
  live.side.answer(await tokenOf(live, 'person'), answer);
const waiting = (fields: object) => machine({ Ask: ask('person', { ...fields, End: true }) });

const withinSeconds = (seconds: number): string =>
  `{% $millis() - $toMillis($states.context.State.EnteredTime) < ${seconds * 1000} %}`;

/** For `seconds`, one heartbeat in each half. */
async function beat(live: Live, seconds: number): Promise<void> {
  const token = await tokenOf(live, 'person');
  for (let beats = 0; beats < seconds * 2; beats += 1) {
    await live.side.answer(token, 'heartbeat');
    await sleep(500);
  }
}

export const tokenScenarios: readonly Scenario[] = [
  {
    title: 'A token is returned',
    source: tokens,
    definition: waiting({ TimeoutSeconds: 60 }),
    during: answering({ output: { approvedBy: 'ann' } }),
    expected: { status: 'SUCCEEDED', output: { approvedBy: 'ann' }, states: ['Ask'] },
  },
  {
    title: 'A token is returned with a failure',
    source: recorded('callback/test_callback.snapshot.json'),
    definition: waiting({ TimeoutSeconds: 60 }),
    during: answering({ error: 'Denied', cause: 'too risky' }),
    expected: { status: 'FAILED', error: 'Denied', states: ['Ask'] },
  },
  {
    title: 'The failure that a token brings is caught, with its cause',
    source: tokens,
    definition: machine({
      Ask: ask('person', { TimeoutSeconds: 60, ...catchAs('Denied', 'Caught'), End: true }),
      Caught: end,
    }),
    during: answering({ error: 'Denied', cause: 'too risky' }),
    expected: {
      status: 'SUCCEEDED',
      output: { Error: 'Denied', Cause: 'too risky' },
      states: ['Ask', 'Caught'],
    },
  },
  {
    title: 'A token is never returned',
    source: recorded('callback/test_callback.snapshot.json'),
    definition: waiting({ TimeoutSeconds: 2 }),
    expected: { status: 'FAILED', error: 'States.Timeout', states: ['Ask'] },
  },
  {
    title: 'A heartbeat is lost',
    source: recorded('timeouts/test_heartbeats.snapshot.json'),
    definition: waiting({ TimeoutSeconds: 5, HeartbeatSeconds: 1 }),
    expected: { status: 'FAILED', error: 'States.Timeout', states: ['Ask'] },
  },
  {
    title: 'A lost heartbeat ends a task long before its timeout',
    source: page('state-task'),
    definition: machine({
      Ask: ask('person', {
        TimeoutSeconds: 10,
        HeartbeatSeconds: 1,
        Catch: [{ ErrorEquals: ['States.Timeout'], Output: withinSeconds(8), Next: 'Caught' }],
        End: true,
      }),
      Caught: end,
    }),
    expected: { status: 'SUCCEEDED', output: true, states: ['Ask', 'Caught'] },
  },
  {
    title: 'A lost heartbeat is caught by States.HeartbeatTimeout',
    source: page('concepts-error-handling'),
    definition: machine({
      Ask: ask('person', {
        TimeoutSeconds: 5,
        HeartbeatSeconds: 1,
        ...catchAs('States.HeartbeatTimeout', 'Caught'),
        End: true,
      }),
      Caught: { Type: 'Pass', Output: 'caught', End: true },
    }),
    expected: { status: 'SUCCEEDED', output: 'caught', states: ['Ask', 'Caught'] },
  },
  {
    title: 'A timeout is not caught by States.HeartbeatTimeout',
    source: page('concepts-error-handling'),
    definition: machine({
      Ask: ask('person', {
        TimeoutSeconds: 1,
        ...catchAs('States.HeartbeatTimeout', 'Caught'),
        End: true,
      }),
      Caught: end,
    }),
    expected: { status: 'FAILED', error: 'States.Timeout', states: ['Ask'] },
  },
  {
    title: 'Heartbeats keep a task alive',
    source: page('state-task'),
    definition: waiting({ TimeoutSeconds: 60, HeartbeatSeconds: 4 }),
    during: async (live) => {
      await beat(live, 5);
      await answering({ output: 'still here' })(live);
    },
    expected: { status: 'SUCCEEDED', output: 'still here', states: ['Ask'] },
  },
  {
    title: 'Heartbeats do not outlive the timeout',
    source:
      'https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html',
    definition: waiting({ TimeoutSeconds: 4, HeartbeatSeconds: 3 }),
    // Too late for the last ones: they are refused.
    during: (live) => beat(live, 5).catch(() => undefined),
    expected: { status: 'FAILED', error: 'States.Timeout', states: ['Ask'] },
  },
];
