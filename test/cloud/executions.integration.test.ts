import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CloudExecutions,
  findDeployment,
  follow,
  openExecutions,
  outputOf,
} from '../../src/cloud/index.ts';
import type { ExecutionEvent } from '../../src/core/executions.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { createSmallStack, environmentOf } from './small-stack.ts';

let server: S3Server;
let executions: CloudExecutions;
const now = () => new Date();
const { signal } = new AbortController();

beforeAll(async () => {
  server = await startMinistack();
  await createSmallStack(server, 'lab');
});
afterAll(() => server?.stop());
beforeEach(async () => {
  for (const [name, value] of Object.entries(environmentOf(server))) vi.stubEnv(name, value);
  const deployment = await findDeployment({ stage: 'lab', region: 'us-east-1' }, signal);
  executions = openExecutions(deployment, { now, signal });
});
afterEach(() => executions.close());

/** Follows it to its end. */
async function watch(input: { readonly source: string }) {
  const { arn, id } = await executions.start('backup', input);
  const seen: ExecutionEvent[] = [];
  const onEvent = (event: ExecutionEvent) => seen.push(event);
  const ended = await follow(executions, arn, { signal, onEvent, pause: () => 50 });
  return { id, arn, seen, ended };
}

describe('an execution of the deployment', () => {
  it('is started under a name that tells its time, and followed to its end', async () => {
    const { id, seen, ended } = await watch({ source: 'shop' });
    expect(id).toMatch(/^backup-\d{8}T\d{6}Z-[0-9a-f]{8}$/);
    expect(ended).toMatchObject({
      id,
      machine: 'backup',
      status: 'SUCCEEDED',
      input: { source: 'shop' },
      output: { outcome: 'skipped', backupId: null },
      resumes: 0,
    });
    expect(Date.parse(String(ended.stoppedAt))).toBeGreaterThanOrEqual(Date.parse(ended.startedAt));
    expect(seen.map((event) => event.id)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.at(0)?.type).toBe('ExecutionStarted');
    expect(seen.at(-1)?.type).toBe('ExecutionSucceeded');
  });

  it('has events of the shape that the history of one machine has', async () => {
    const { seen, arn } = await watch({ source: 'shop' });
    const entered = seen.filter(({ type }) => type.endsWith('StateEntered'));
    expect(entered[0]).toEqual({
      id: expect.any(Number),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      type: 'ChoiceStateEntered',
      scope: '',
      details: { name: 'Plan', input: { source: 'shop' } },
    });
    expect(await executions.history(arn)).toEqual(seen);
  });

  it('that fails gives error and cause', async () => {
    const { ended } = await watch({ source: 'fails' });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(String(ended.cause)).Containers[0]).toMatchObject({ ExitCode: 1 });
  });

  it('is stopped, once and again, and says why', async () => {
    const { id } = await executions.start('drill', { source: 'waits' });
    expect(await executions.describe(id)).toMatchObject({ status: 'RUNNING', machine: 'drill' });
    const stopped = { id, status: 'ABORTED', cause: 'enough' };
    expect(await executions.stop(id, 'enough')).toMatchObject(stopped);
    expect(await executions.stop(id, 'once more')).toMatchObject(stopped);
  });

  it('is found by name and by ARN, and not where there is none', async () => {
    const { id, arn } = await executions.start('verify', { source: 'shop' }, 'by-hand');
    expect((await executions.describe(id)).arn).toBe(arn);
    expect((await executions.describe(arn)).id).toBe('by-hand');
    const missing = { name: 'UsageError', code: 'EXECUTION_NOT_FOUND' };
    await expect(executions.describe('by-head')).rejects.toMatchObject(missing);
    await expect(executions.describe(`${arn}x`)).rejects.toMatchObject(missing);
  });

  it('is no other one by the same name', async () => {
    await executions.start('restore', { source: 'shop' }, 'twice');
    await expect(executions.start('restore', { source: 'x' }, 'twice')).rejects.toMatchObject({
      code: 'EXECUTION_EXISTS',
      exitCode: 2,
    });
  });

  it('goes on when its follower is told to leave', async () => {
    const { arn } = await executions.start('backup', { source: 'waits' });
    const leaving = new AbortController();
    const onEvent = () => leaving.abort(new Error('left'));
    const following = follow(executions, arn, { signal: leaving.signal, onEvent });
    await expect(following).rejects.toThrow('left');
    expect((await executions.describe(arn)).status).toBe('RUNNING');
    await executions.stop(arn, 'end of the test');
  });
});

it('lists newest first, of all state machines or one, by status, up to a limit', async () => {
  const first = await executions.start('backup', { source: 'waits' });
  const second = await executions.start('drill', { source: 'waits' });
  const running = await executions.list({ status: 'RUNNING' });
  expect(running.slice(0, 2).map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(running[0]).toMatchObject({ machine: 'drill', input: { source: 'waits' } });
  const drills = await executions.list({ machine: 'drill', status: 'RUNNING' });
  expect(drills.map(({ id }) => id)).toEqual([second.id]);
  expect(await executions.list({ limit: 1 })).toHaveLength(1);
  const wrong = executions.list({ machine: 'bakup' });
  await expect(wrong).rejects.toThrow('did you mean "backup"?');
});

describe('a deployment', () => {
  it('tells its outputs', async () => {
    const deployment = await findDeployment({ stage: 'lab', region: 'us-east-1' }, signal);
    expect(outputOf(deployment, 'VaultKeyArn')).toMatch(/^arn:aws:kms:.*:key\//);
    expect(() => outputOf(deployment, 'ConfigHash')).toThrow('has no output ConfigHash');
  });

  it('that is not there is named with what makes it', async () => {
    const place = { stage: 'gone', region: 'us-east-1' };
    await expect(findDeployment(place, signal)).rejects.toMatchObject({
      name: 'UsageError',
      code: 'STACK_MISSING',
      hint: expect.stringContaining('npm run deploy -- --stage gone'),
    });
  });

  it.each([
    [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, 'AWS_UNREACHABLE'],
    [
      {
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      },
      'AWS_CREDENTIALS_MISSING',
    ],
  ])('is asked with %o in vain: %s', async (environment, code) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const asked = findDeployment({ stage: 'lab', region: 'us-east-1' }, signal);
    await expect(asked).rejects.toMatchObject({ name: 'CloudError', code });
    await expect(asked).rejects.toThrow('reading the outputs of the stack holdfast-lab failed: ');
  });
});
