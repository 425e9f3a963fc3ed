/** What runs around the database is scaled with it: whole runs by the command line, services at an emulator. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type EcsServices, ecsServices } from '../servers/ecs-services.ts';
import { startMoto } from '../servers/moto.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { type FakeKubectl, fakeKubectl } from '../workloads/fake-kubectl.ts';
import { broken } from './breaking.ts';
import { FailoverLab } from './lab.ts';

let lab: FailoverLab;
let emulator: S3Server;
let ecs: EcsServices;
let kubectl: FakeKubectl;
beforeAll(async () => {
  [lab, emulator] = await Promise.all([FailoverLab.start(), startMoto()]);
  ecs = await ecsServices(emulator, 'us-east-1');
  await ecs.make('web', 3);
  await ecs.make('spare', 0);
});
afterAll(async () => {
  ecs?.destroy();
  await Promise.all([emulator?.stop(), lab?.close()]);
});

const service = (name: string, more: object = {}) => ({
  ecs: {
    ...{ cluster: 'shop', service: name, region: 'us-east-1', endpoint: emulator.endpoint },
    ...more,
  },
});
const deployment = (more: object = {}) => ({
  kubernetes: { context: 'west', namespace: 'shop', deployment: 'web', ...more },
});
beforeEach(async () => {
  const { from } = await lab.sides();
  await expect.poll(() => broken.streams(from), { timeout: 20_000 }).toBe(true);
  kubectl = await fakeKubectl(lab.folder, 5);
  Object.assign(lab.environment, {
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    PATH: `${join(lab.folder, 'bin')}:${process.env['PATH']}`,
  });
  await lab.configure({
    freeze: [service('web'), deployment()],
    activate: [service('web'), service('spare', { count: 2 }), deployment({ replicas: 6 })],
  });
});
const counts = async () => [
  await ecs.desired('web'),
  await ecs.desired('spare'),
  await kubectl.replicas(),
];

const reported = async () => JSON.stringify((await lab.reports()).at(-1)?.phases);

test('a check describes each, once, and names what is not there', async () => {
  const seen = async () => (await lab.holdfast(['check'])).stdout;
  expect(await seen()).toMatch(/"subject":\s*"ecs shop\/web \(us-east-1\)",\s*"level":\s*"ok"/);
  await lab.configure({ freeze: [service('wep')] });
  expect(await seen()).toMatch(/ecs shop\/wep \(us-east-1\) is MISSING/);
  expect(await lab.start()).toMatchObject({ exitCode: 21, code: 'FAILOVER_NOT_READY' });
  expect(await counts()).toEqual([3, 0, 5]);
});

test('what fails before the promotion gives them back as many as they had', async () => {
  const scaled = `${lab.command} failover abort orders; cat state.json > during.json`;
  const ran = await lab.start([], { at: 'before promote', do: `cd ${lab.folder} && ${scaled}` });
  expect(ran).toMatchObject({ exitCode: 20, outcome: 'rolled-back' });
  const during = JSON.parse(await readFile(join(lab.folder, 'during.json'), 'utf8'));
  expect(during.spec.replicas).toBe(0);
  expect(await reported()).toContain('ecs shop/web (us-east-1) → 3, as before');
  expect(await counts()).toEqual([3, 0, 5]);
});

test('an executor killed when all was frozen: another process, that is refused, gives it back', async () => {
  await lab.start([], { at: 'before fence' });
  expect(await counts()).toEqual([0, 0, 0]);
  const { to } = await lab.sides();
  await to.ctl('stop');
  const refused = await lab.start();
  await to.ctl('start');
  expect(refused).toMatchObject({ exitCode: 20, outcome: 'rolled-back' });
  expect(await counts()).toEqual([3, 0, 5]);
});

test('a run that goes on with one that was killed scales them to what they had at first', async () => {
  await lab.start([], { at: 'before promote' });
  expect(await counts()).toEqual([0, 0, 0]);
  const ran = await lab.start();
  expect(ran).toMatchObject({ exitCode: 0, outcome: 'succeeded' });
  expect(await reported()).toMatch(/ecs shop\/web \(us-east-1\) → 3, all up after/);
  expect(await counts()).toEqual([3, 2, 6]);
});

test('of two sides, the one that the database leaves is frozen, and the one it comes to is woken', async () => {
  const primary = await lab.primary();
  const other = primary === 'a' ? 'b' : 'a';
  await lab.configure({
    freeze: [service('web', { node: primary }), service('spare', { node: other })],
    activate: [service('web', { node: primary }), service('spare', { node: other })],
  });
  expect(await ecs.desired('spare')).toBe(2);
  // How many the other side had is on no record yet.
  expect(await lab.start()).toMatchObject({ outcome: 'exposed' });
  expect((await lab.reports()).at(-1)?.failure).toMatchObject({
    code: 'ACTIVATE_FAILED',
    message: expect.stringContaining('ecs shop/spare (us-east-1): how many it had'),
  });
  expect(await counts()).toEqual([0, 2, 5]);
  expect(await lab.start()).toMatchObject({ outcome: 'succeeded' });
  expect(await counts()).toEqual([3, 0, 5]);
});
