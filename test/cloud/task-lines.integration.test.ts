import {
  CloudWatchLogs,
  type InputLogEvent,
  type PutLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type TaskLine, tellTaskLines } from '../../src/cloud/index.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { environmentOf } from './small-stack.ts';

const execution = 'backup-20261121T020000Z-1a2b3c4d';
const group = '/holdfast/lab/tasks';
const deployment = { stage: 'lab', stack: 'holdfast-lab', region: 'us-east-1', outputs: {} };

let server: S3Server;
let logs: CloudWatchLogs;
let stopping: AbortController;
beforeAll(async () => {
  server = await startMinistack();
  logs = new CloudWatchLogs({ ...server, region: 'us-east-1' });
  await logs.createLogGroup({ logGroupName: group });
  await logs.createLogStream({ logGroupName: group, logStreamName: 'dump/task/1' });
});
afterAll(async () => {
  logs?.destroy();
  await server?.stop();
});
beforeEach(() => {
  stopping = new AbortController();
  for (const [name, value] of Object.entries(environmentOf(server))) vi.stubEnv(name, value);
});
afterEach(() => stopping.abort());

const write = (...lines: object[]) => {
  const timestamp = Date.now();
  const logEvents: InputLogEvent[] = lines.map((line) => ({
    timestamp,
    message: JSON.stringify(line),
  }));
  const request: PutLogEventsCommandInput = {
    logGroupName: group,
    logStreamName: 'dump/task/1',
    logEvents,
  };
  return logs.putLogEvents(request);
};

it('tells each line of the execution once, as it comes, and none of another', async () => {
  const told: TaskLine[] = [];
  const telling = tellTaskLines(deployment, {
    execution,
    since: new Date(Date.now() - 1000),
    signal: stopping.signal,
    onLine: (line) => told.push(line),
    pauseMilliseconds: 50,
  });
  const first = { message_type: 'progress', execution, done: 1 };
  await write(first, { execution: 'restore-1', done: 9 }, { message: `about ${execution}` });
  await expect.poll(() => told).toEqual([first]);
  const second = { ...first, done: 2 };
  await write(second, second);
  await expect.poll(() => told).toEqual([first, second, second]);
  stopping.abort();
  await telling;
});

it('a log that is not there is said to be so', async () => {
  const telling = tellTaskLines(
    { ...deployment, stage: 'gone' },
    { execution, since: new Date(), signal: stopping.signal, onLine: () => undefined },
  );
  await expect(telling).rejects.toMatchObject({ name: 'CloudError', code: 'AWS_REFUSED' });
});
