/** Capacity, network and deployments: what happens to a run when they change under it. */
import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type GivenNetwork, makeNetwork } from './lab/given-network.ts';
import { failed, outcome, recovered, report, type Stories, storiesOf } from './stories.ts';
import { buildDeployedWorld, type Configuration, type DeployedWorld } from './world.ts';

let world: DeployedWorld;
let stories: Stories;
let network: GivenNetwork;
let ecs: ECSClient;
let interrupted: Promise<DescribeExecutionCommandOutput>;

/** The tasks that dumped a source, the oldest first. */
async function tasksOf(source: string): Promise<Task[]> {
  const cluster = world.deployment.outputs['ClusterArn'];
  const lists = (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
    ecs.send(new ListTasksCommand({ cluster, desiredStatus })),
  );
  const tasks = (await Promise.all(lists)).flatMap(({ taskArns = [] }) => taskArns);
  if (tasks.length === 0) return [];
  const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks }));
  const isOfSource = ({ overrides }: Task) =>
    overrides?.containerOverrides?.some(({ environment = [] }) =>
      environment.some(({ value = '' }) => value.includes(`"source":"${source}"`)),
    );
  return (described.tasks ?? [])
    .filter(isOfSource)
    .sort((a, b) => Number(a.createdAt) - Number(b.createdAt));
}

async function takeBack(task: Task | undefined): Promise<void> {
  const reason = 'Your Spot Task was interrupted.';
  const cluster = world.deployment.outputs['ClusterArn'];
  await ecs.send(new StopTaskCommand({ cluster, task: task?.taskArn, reason }));
}

const tellTo = (bus: string) => (yaml: Configuration) => ({
  ...yaml,
  alerts: { ...yaml.alerts, channels: { ...yaml.alerts.channels, bus: { sns: bus } } },
});
const withImage = (dump: string) => (yaml: Configuration) => ({
  ...yaml,
  deploy: { ...yaml.deploy, images: { ...yaml.deploy.images, dump } },
});

describe.skipIf(inject('noContainers') !== '')('a deployment that changes', () => {
  beforeAll(async () => {
    world = await buildDeployedWorld({
      sources: {
        spare: { deploy: { spot: true } },
        changed: {},
        unstartable: {},
        greedy: { deploy: { cpu: 256, memoryMiB: 512 } },
      },
      network: async (cloud) => {
        network = await makeNetwork(cloud);
        return network;
      },
    });
    stories = storiesOf(world);
    ecs = new ECSClient(world.cloud.client);
  });
  afterAll(async () => {
    ecs?.destroy();
    await world?.close();
  });

  test('a scheduled dump begins on spare capacity, in the subnets that were given', async () => {
    const scheduledTime = '2026-11-21T02:00:00Z';
    await stories.whileHeld('spare', async () => {
      interrupted = world.finished(await world.start({ source: 'spare', scheduledTime }));
      await stories.untilWaiting('spare');
      const [task] = await tasksOf('spare');
      expect(task?.capacityProviderName).toBe('FARGATE_SPOT');
      const details = task?.attachments?.[0]?.details;
      expect(details).toContainEqual({ name: 'subnetId', value: network.subnets[0] });
      await takeBack(task);
    });
  });

  test('a dump that needs more memory than its task has fails by name, and not the container alone', async () => {
    const wide = `insert into orders select 0, repeat('x', 300 * 1024 * 1024)`;
    await world.server.query(wide, { database: 'greedy' });
    const run = await world.backup('greedy');
    expect(run.status).toBe('FAILED');
    expect(report(run).message).toMatch(/memory|SIGKILL|137/);
    await world.server.query('delete from orders where id = 0', { database: 'greedy' });
    await stories.expectRecovery('greedy');
  });

  test('a run under way ends with what it began with, the next one has what was deployed meanwhile', async () => {
    await world.server.query('alter database changed rename to hidden');
    await world.backup('changed');
    await world.server.query('alter database hidden rename to changed');
    const run = await stories.whileHeld('changed', async () => {
      const started = await world.start({ source: 'changed' });
      await stories.untilWaiting('changed');
      await world.update(tellTo(world.mirror.topicArn));
      return started;
    });
    expect(outcome(await world.finished(run))).toMatchObject({ outcome: 'good' });
    const before = [failed('changed'), recovered('changed')];
    expect(await stories.told('changed')).toEqual(before);
    await world.server.query('alter database changed rename to hidden');
    expect((await world.backup('changed')).status).toBe('FAILED');
    await world.server.query('alter database hidden rename to changed');
    expect(outcome(await world.backup('changed'))).toMatchObject({ outcome: 'good' });
    // Both channels are this topic by now.
    expect(await stories.told('changed')).toEqual(before);
    expect((await stories.told('changed', world.mirror)).length).toBe(before.length * 3);
  });

  test('spare capacity that was taken back is followed by an attempt on demand', async () => {
    expect(outcome(await interrupted)).toMatchObject({ outcome: 'good' });
    const tasks = await tasksOf('spare');
    expect(
      tasks.map(({ stopCode, capacityProviderName }) => [stopCode, capacityProviderName]),
    ).toEqual([
      ['SpotInterruption', 'FARGATE_SPOT'],
      ['EssentialContainerExited', 'FARGATE'],
    ]);
    expect(await stories.told('spare')).toEqual([]);
    expect(await stories.listed('spare')).toBe(1);
  });

  test('a container that cannot start: the execution says which image is missing', async () => {
    await world.update(withImage('localhost/missing:1'));
    const run = await world.backup('unstartable');
    expect(run.status).toBe('FAILED');
    const { message } = report(run);
    expect(message).toContain('the task never ran');
    expect(message).toContain('localhost/missing');
    await world.update((same) => same);
    await stories.expectRecovery('unstartable');
  });
});
