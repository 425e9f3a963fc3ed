import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureReport } from '../../src/core/failure.ts';
import { startVersitygw } from '../servers/versitygw.ts';
import { createBucket } from '../storage/s3/buckets.ts';
import { type LocalMachines, startLocalMachines } from './local-runner.ts';

let gateway: Awaited<ReturnType<typeof startVersitygw>>;
let machines: LocalMachines;

beforeAll(async () => {
  gateway = await startVersitygw();
  const bucketName = await createBucket(gateway, 'locked');
  machines = await startLocalMachines((folder) => {
    const bucket = {
      region: gateway.region,
      endpoint: gateway.endpoint,
      pathStyle: true,
    };
    return {
      vault: {
        primary: {
          url: `s3://${bucketName}/vault`,
          ...bucket,
          lock: { mode: 'governance', days: 1 },
        },
        copies: [{ name: 'disk', url: `file://${folder}/copy`, keep: { last: 1 } }],
        encryption: { key: 'env:HOLDFAST_KEY' },
      },
      sources: {
        uploads: {
          engine: 'files',
          path: join(folder, 'uploads'),
          policies: { daily: { method: 'incremental', keep: { last: 1 } } },
        },
      },
      retention: { floor: 1 },
    };
  }, gateway.env);
  await mkdir(join(machines.folder, 'uploads'));
  await writeFile(join(machines.folder, 'uploads/a.txt'), 'first');
});
afterAll(async () => {
  await machines?.close();
  await gateway?.stop();
});

test('a locked bucket: increments, copies, restores, and removes nothing before its time', async () => {
  const full = await machines.succeed('backup', { source: 'uploads' });
  await writeFile(join(machines.folder, 'uploads/b.txt'), 'second');
  const next = await machines.succeed('backup', { source: 'uploads' });
  expect(next.outcome).toBe('good');
  for (const from of ['primary', 'disk']) {
    const target = join(machines.folder, `restored-from-${from}`);
    await machines.succeed('restore', { source: 'uploads', target, from });
  }
  await machines.succeed('verify', { source: 'uploads', backupId: full.backupId, level: 'read' });
  expect((await machines.succeed('drill', { source: 'uploads' })).backupId).toBe(next.backupId);
});

test('a bucket that is gone fails with what was seen', async () => {
  await gateway.stop();
  const { status, error, cause } = await machines.run('backup', { source: 'uploads' });
  expect(status).toBe('FAILED');
  const report = failureReport({ Error: String(error), Cause: String(cause) });
  expect(report).toMatchObject({ name: 'StoreError', code: 'STORE_UNREACHABLE' });
});
