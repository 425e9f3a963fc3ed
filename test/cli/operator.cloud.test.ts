/** An operator's day with the deployed form: the package on an emulator, real containers, a real database. */
import {
  CloudFormationClient,
  DeleteStackCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildDeployedWorld, type DeployedWorld, stage } from '../cloud/world.ts';

let world: DeployedWorld;

const holdfast = (...words: string[]) => world.holdfast('--stage', stage, ...words);

async function json(...words: string[]) {
  const ran = await holdfast(...words, '--json');
  return { ...ran, answer: JSON.parse(ran.stdout) };
}

describe.skipIf(inject('noContainers') !== '')('with --stage of the deployment', () => {
  let id = '';

  beforeAll(async () => {
    world = await buildDeployedWorld({ sources: { orders: {} } });
  });
  afterAll(() => world?.close());

  test('backup runs there and is told here, with what the vault holds of it', async () => {
    const { exitCode, stdout, stderr } = await holdfast('backup', 'orders');
    expect(stderr).toMatch(/orders: Plan backup\norders: Dump\norders: Verify backup\n/);
    expect(stdout).toMatch(/^ok orders \S+-often-[0-9a-f]{8}\n {2}.*1,?000 rows/);
    expect(exitCode).toBe(0);
    id = /ok orders (\S+)/.exec(stdout)?.[1] ?? '';
  });

  test('list, show, status and check read the same vault', async () => {
    expect((await json('check')).answer).toMatchObject({ ok: true, result: { errors: 0 } });
    expect((await json('list')).answer.result.backups[0]).toMatchObject({ id, source: 'orders' });
    expect((await json('show', id)).answer.result.set).toMatchObject({ id });
    expect((await json('status')).exitCode).toBe(0);
    expect((await json('keys')).answer.result.keys[0]).toMatchObject({ sets: 1, configured: true });
  });

  test('verify, drill and restore run there', async () => {
    expect((await json('verify', id, '--level', 'read')).answer).toMatchObject({ ok: true });
    const drilled = await json('drill', 'orders');
    expect(drilled.answer.result.drills[0]).toMatchObject({
      outcome: 'proven',
      drill: { backupId: id },
    });
    await world.server.query('drop table orders', { database: 'orders' });
    const restored = await json('restore', 'orders', '--overwrite');
    expect(restored.answer.result.restores[0]).toMatchObject({
      outcome: 'restored',
      restored: { backupId: id, totals: { rows: 1000 } },
    });
  });

  test('the failure of a task is told in the words of the task, with its exit code', async () => {
    await world.server.query('alter database orders rename to hidden');
    const { exitCode, answer, stderr } = await json('backup', 'orders', '--verbose');
    await world.server.query('alter database hidden rename to orders');
    expect(answer.error).toMatchObject({ code: 'DATABASE_MISSING', name: 'SourceError' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^orders: \{.*"execution":"backup-.*"source":"orders".*"level":"error"/m,
    );
    const [told] = (await world.inbox.messages()).slice(-1);
    expect(told?.text).toContain(`holdfast --stage ${stage} executions show backup-`);
    expect(told?.text).toContain(`:execution:holdfast-${stage}-backup:backup-`);
    const { answer: listed } = await json('executions', 'list', '--status', 'FAILED');
    expect(listed.result.executions[0]).toMatchObject({ machine: 'backup', source: 'orders' });
  });

  test('a backup that the console began is seen like any other', async () => {
    const arn = await world.start({ source: 'orders' });
    await world.finished(arn);
    const { answer } = await json('executions', 'show', arn);
    expect(answer.result.execution).toMatchObject({ status: 'SUCCEEDED', source: 'orders' });
    expect((await json('list')).answer.result.backups).toHaveLength(2);
  });

  test('with the stack deleted a laptop restores from the bucket alone', async () => {
    const client = new CloudFormationClient(world.cloud.client);
    const { stackName: StackName } = world.deployment;
    await client.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName });
    client.destroy();
    expect((await json('backup', 'orders')).answer.error).toMatchObject({ code: 'STACK_MISSING' });
    const to = world.server.urlOf('orders_copy');
    const { answer } = await json('--local', 'restore', 'orders', '--to', to);
    expect(answer.result.restores[0]).toMatchObject({
      outcome: 'restored',
      restored: { totals: { rows: 1000 }, comparison: { rows: 1000 } },
    });
    const counted = await world.server.query('select count(*)::int as n from orders', {
      database: 'orders_copy',
    });
    expect(counted).toEqual([{ n: 1000 }]);
  });
});
