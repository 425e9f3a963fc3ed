import { expect, it } from 'vitest';
import { type CloudExecution, type CloudExecutions, follow } from '../../src/cloud/index.ts';
import { CloudError, UsageError } from '../../src/core/errors.ts';

const arn = 'arn:aws:states:us-east-1:111122223333:execution:holdfast-prod-backup:b';
const execution: CloudExecution = {
  arn,
  id: 'b',
  machine: 'backup',
  status: 'RUNNING',
  input: {},
  startedAt: '2026-11-21T02:00:00.000Z',
  resumes: 0,
};
const away = new CloudError('no network', { code: 'AWS_UNREACHABLE', retryable: true });
const denied = new CloudError('denied', { code: 'AWS_DENIED' });
const { signal } = new AbortController();
const onEvent = () => undefined;

/** Answers each question in turn, the last one for ever. */
function answering(...answers: (CloudExecution['status'] | Error)[]) {
  let asked = 0;
  const describe = async (): Promise<CloudExecution> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    return { ...execution, ...(answer !== undefined && { status: answer }) };
  };
  const refuse = () => Promise.reject(new UsageError('not asked here', { code: 'X' }));
  const executions: CloudExecutions = {
    describe,
    eventsAfter: async () => [],
    start: refuse,
    history: refuse,
    stop: refuse,
    list: refuse,
    close: () => undefined,
  };
  return { executions, asked: () => asked };
}

it('bears a network that is away for some minutes', async () => {
  const { executions } = answering('RUNNING', away, away, away, 'RUNNING', 'SUCCEEDED');
  const failures: number[] = [];
  const pause = (_round: number, failed: number) => failures.push(failed);
  const ended = await follow(executions, arn, { signal, onEvent, pause });
  expect(ended.status).toBe('SUCCEEDED');
  expect(failures).toEqual([0, 1, 2, 3, 0]);
});

it('gives up when it stays away', async () => {
  const { executions, asked } = answering('RUNNING', away);
  const following = follow(executions, arn, { signal, onEvent, pause: () => 0 });
  await expect(following).rejects.toBe(away);
  expect(asked()).toBe(22);
});

it('does not ask twice where it is refused', async () => {
  const { executions, asked } = answering(denied);
  await expect(follow(executions, arn, { signal, onEvent })).rejects.toBe(denied);
  expect(asked()).toBe(1);
});
