/** Tasks in containers, or as processes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { end, type Live, machine, page, recorded, type Scenario, task } from '../scenario.ts';

const ecs = page('connect-ecs');
const exitCodes =
  'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html';
/** What the Cause of a failure says, and what it would say of a task that never ran. */
const exitCode =
  '{% ( $code := $parse($states.errorOutput.Cause).Containers[0].ExitCode; $exists($code) ? $code : -1 ) %}';
const caught = (error: string) => ({
  Catch: [{ ErrorEquals: [error], Assign: { code: exitCode }, Next: 'Caught' }],
});
const runs = (actor = 'dump', definition?: string) =>
  machine({
    Run: task(actor, { ...caught('States.TaskFailed'), Next: 'Done' }, definition),
    Done: { Type: 'Pass', Output: 'done', End: true },
    Caught: { Type: 'Pass', Output: '{% $code %}', End: true },
  });
const exits = (...codes: number[]) => ({ dump: codes.map((code) => ({ shell: `exit ${code}` })) });

/** Sleeps, and says so if it comes to its end. */
const survive = (seconds: number) => ({
  shell: `sleep ${seconds}
    exec 3<>"/dev/tcp/127.0.0.1/$SCRIPTS_PORT"
    printf 'GET /%s/survivor HTTP/1.0\\r\\n\\r\\n' "$HOLDFAST_EXECUTION" >&3
    cat <&3`,
});
const hasSurvived = async ({ calls }: Live): Promise<string> =>
  calls('survivor') > 0 ? 'the task ran on' : 'the task was stopped';

export const taskScenarios: readonly Scenario[] = [
  {
    title: 'A task exits 0',
    source: recorded('services/test_ecs_task_service.snapshot.json'),
    definition: machine({
      Run: task('dump', {
        Output: {
          code: '{% $states.result.Containers[0].ExitCode %}',
          container: '{% $states.result.Containers[0].Name %}',
          status: '{% $states.result.LastStatus %}',
          why: '{% $states.result.StopCode %}',
          told: "{% $states.result.Overrides.ContainerOverrides[0].Environment[Name = 'HOLDFAST_VERB'].Value %}",
        },
        End: true,
      }),
    }),
    script: exits(0),
    expected: {
      status: 'SUCCEEDED',
      output: {
        code: 0,
        container: 'task',
        status: 'STOPPED',
        why: 'EssentialContainerExited',
        told: 'dump',
      },
      states: ['Run'],
    },
  },
  {
    title: 'A task exits 1',
    source: ecs,
    definition: machine({ Run: task('dump', { End: true }) }),
    script: exits(1),
    expected: { status: 'FAILED', error: 'States.TaskFailed', states: ['Run'] },
  },
  {
    title: 'The cause of a failed task is the task as JSON',
    source: 'https://github.com/aws/copilot-cli/issues/3160',
    definition: runs(),
    script: exits(3),
    expected: { status: 'SUCCEEDED', output: 3, states: ['Run', 'Caught'] },
  },
  {
    title: 'A task exits 75 and succeeds at the next attempt',
    source: ecs,
    definition: machine({
      Begin: { Type: 'Pass', Assign: { attempt: 1 }, Next: 'Run' },
      Run: task('dump', { ...caught('States.TaskFailed'), Next: 'Done' }),
      Caught: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $code = 75 and $attempt < 3 %}', Next: 'Again' }],
        Default: 'Give up',
      },
      Again: { Type: 'Pass', Assign: { attempt: '{% $attempt + 1 %}' }, Next: 'Run' },
      'Give up': { Type: 'Fail', Error: 'GivenUp', Cause: 'too often' },
      Done: { Type: 'Pass', Output: '{% $attempt %}', End: true },
    }),
    script: exits(75, 0),
    expected: {
      status: 'SUCCEEDED',
      output: 2,
      states: ['Begin', 'Run', 'Caught', 'Again', 'Run', 'Done'],
    },
  },
  {
    title: 'A task is killed',
    source: exitCodes,
    definition: runs(),
    script: { dump: [{ shell: 'kill -9 $PPID $$' }] },
    expected: { status: 'SUCCEEDED', output: 137, states: ['Run', 'Caught'] },
  },
  {
    title: 'A task cannot start',
    source: exitCodes,
    definition: runs('missing', 'MissingTaskArn'),
    expected: { status: 'SUCCEEDED', output: -1, states: ['Run', 'Caught'] },
  },
  {
    title: 'A task takes longer than its state may, and is stopped',
    source: ecs,
    definition: machine({
      Run: task('dump', {
        TimeoutSeconds: 3,
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Caught' }],
        End: true,
      }),
      Caught: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
    }),
    script: { dump: [survive(5)] },
    during: async (live) => {
      await live.side.observe(live.machine, live.execution);
      await sleep(4000);
      return hasSurvived(live);
    },
    expected: {
      status: 'SUCCEEDED',
      output: 'States.Timeout',
      states: ['Run', 'Caught'],
      seen: 'the task was stopped',
    },
  },
  {
    title: 'An execution that is stopped stops its task',
    source: ecs,
    definition: machine({ Run: task('dump', { Next: 'Last' }), Last: end }),
    script: { dump: [survive(3)] },
    during: async (live) => {
      await live.called('dump');
      await live.side.stop(live.machine, live.execution, 'enough');
      await sleep(5000);
      return hasSurvived(live);
    },
    expected: { status: 'ABORTED', states: ['Run'], seen: 'the task was stopped' },
  },
];
