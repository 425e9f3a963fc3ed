/** What is scaled by its own API, each held to the same contract: ECS at an emulator, kubectl as a program. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkloadConfig } from '../../src/core/config/around.ts';
import { openWorkload } from '../../src/workloads/index.ts';
import { type EcsServices, ecsServices } from '../servers/ecs-services.ts';
import { startMoto } from '../servers/moto.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { type FakeKubectl, fakeKubectl } from './fake-kubectl.ts';

const { signal } = new AbortController();
let emulator: S3Server;
let ecs: EcsServices;
let folder: string;
let kubectl: FakeKubectl;
beforeAll(async () => {
  emulator = await startMoto();
  ecs = await ecsServices(emulator, 'eu-west-1');
  await ecs.make('web', 3);
  folder = await mkdtemp(join(tmpdir(), 'holdfast-workloads-'));
  kubectl = await fakeKubectl(folder);
});
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('PATH', `${kubectl.bin}:${process.env['PATH']}`);
});
afterAll(async () => {
  ecs?.destroy();
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

const service = (changes: object = {}): WorkloadConfig => ({
  ecs: {
    ...{ cluster: 'shop', service: 'web', region: 'eu-west-1', endpoint: emulator.endpoint },
    ...changes,
  },
});
const deployment = (changes: object = {}): WorkloadConfig => ({
  kubernetes: { context: 'west', namespace: 'shop', deployment: 'web', ...changes },
});

describe.each([
  ['ecs', 'ecs shop/web (eu-west-1)', service, { service: 'none' }],
  ['kubernetes', 'kubernetes shop/web (west)', deployment, { deployment: 'none' }],
] as const)('%s', (_, label, configOf, wrong) => {
  it('is scaled down and up, as often as asked', async () => {
    const workload = openWorkload(configOf());
    expect(workload.label).toBe(label);
    for (const count of [0, 0, 4, 4]) {
      await workload.scale(count, signal);
      await expect.poll(() => workload.read(signal)).toEqual({ desired: count, running: count });
    }
  });

  it('says what is not there, and what to look at', async () => {
    const workload = openWorkload(configOf(wrong));
    const failure = { code: 'SCALE_FAILED', message: expect.stringContaining('none') };
    await expect(workload.read(signal)).rejects.toMatchObject(failure);
    await expect(workload.scale(1, signal)).rejects.toMatchObject(failure);
  });

  it('ends when it is told to', async () => {
    const workload = openWorkload(configOf());
    await expect(workload.read(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

it('does not count what the controller of Kubernetes has not seen yet', async () => {
  const workload = openWorkload(deployment());
  await workload.scale(7, signal);
  expect(await workload.read(signal)).toEqual({ desired: 7, running: 0 });
  expect(await kubectl.calls()).toContain(
    'scale deployment/web --context=west --namespace=shop --request-timeout=15s --replicas=7',
  );
});

it('says what ECS does not answer, within seconds', async () => {
  const workload = openWorkload(service({ endpoint: 'http://127.0.0.1:9' }));
  await expect(workload.read(signal)).rejects.toMatchObject({
    code: 'SCALE_FAILED',
    message: expect.stringMatching(/^DescribeServices of ecs shop\/web \(eu-west-1\): /),
  });
});

it('says so where there is no kubectl, and where it speaks of something else', async () => {
  vi.stubEnv('PATH', '/nowhere');
  await expect(openWorkload(deployment()).read(signal)).rejects.toMatchObject({
    message: expect.stringContaining('ENOENT'),
  });
});
