import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CopyObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clock } from '../../src/runner/index.ts';
import { type HttpReceiver, startHttpReceiver } from '../servers/http-receiver.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { clientOf, createBucket } from '../storage/s3/buckets.ts';
import { type LocalMachines, startLocalMachines } from './local-runner.ts';

/** An expedited retrieval is looked at every minute, and the emulator brings objects back in 2 s. */
const factor = 30;
const began = Date.now();
const fastClock: Clock = {
  now: () => new Date(began + (Date.now() - began) * factor),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds / factor, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};

let server: S3Server;
let client: S3Client;
let bucket: string;
let hook: HttpReceiver;
let machines: LocalMachines;

beforeAll(async () => {
  server = await startMinistack();
  hook = await startHttpReceiver(() => ({ status: 204 }));
  client = clientOf(server);
  bucket = await createBucket(server, 'plain');
  const { accessKeyId, secretAccessKey } = server.credentials;
  machines = await startLocalMachines(
    (folder) => ({
      vault: {
        primary: {
          url: `s3://${bucket}/team`,
          region: 'us-east-1',
          endpoint: server.endpoint,
          pathStyle: true,
        },
        encryption: { key: 'env:HOLDFAST_KEY' },
      },
      sources: {
        uploads: {
          engine: 'files',
          path: join(folder, 'uploads'),
          policies: { daily: { method: 'incremental' } },
        },
      },
      alerts: {
        channels: { hook: { webhook: hook.url, secret: 'env:HOLDFAST_KEY' } },
        routes: [{ on: ['restore.waiting'], to: ['hook'] }],
      },
    }),
    { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    fastClock,
  );
  await mkdir(join(machines.folder, 'uploads'));
  await writeFile(join(machines.folder, 'uploads/a.txt'), 'first');
});
afterAll(async () => {
  client.destroy();
  await machines.close();
  await hook.close();
  await server.stop();
});

/** As a lifecycle rule for `data/` does. */
async function freezeData(): Promise<number> {
  let count = 0;
  const place = { Bucket: bucket, Prefix: 'team/data/' };
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, place)) {
    for (const { Key } of Contents) {
      const CopySource = `${bucket}/${Key}`;
      const copy = { Bucket: bucket, Key, CopySource, StorageClass: 'GLACIER' } as const;
      await client.send(new CopyObjectCommand(copy));
      count += 1;
    }
  }
  return count;
}

/** The command line, in the same surroundings. */
async function holdfast(...words: readonly string[]): Promise<string> {
  const program = resolve(import.meta.dirname, '../../src/cli/holdfast.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...words]);
  return stdout;
}

const alerts = () =>
  hook.requests.map(({ body }) => JSON.parse(body) as { status: string; detail: string });

test('a set whose base lies in an archive tier is restored when it is back, and people are told', async () => {
  await machines.succeed('backup', { source: 'uploads' });
  await writeFile(join(machines.folder, 'uploads/b.txt'), 'second');
  const { backupId } = await machines.succeed('backup', { source: 'uploads' });
  const frozen = await freezeData();
  expect(frozen).toBeGreaterThan(1);

  const planned = await holdfast('restore', 'uploads', '--overwrite', '--dry-run');
  expect(planned).toContain(`${frozen} objects`);
  expect(planned).toContain(
    'of the archive tier GLACIER brought back first, which takes at most 5h',
  );

  const target = join(machines.folder, 'restored');
  const input = { source: 'uploads', target, retrieval: 'expedited' };
  const { id, status, output } = await machines.run('restore', input);
  expect([status, output]).toEqual(['SUCCEEDED', { outcome: 'good', backupId }]);
  expect(await readFile(join(target, 'a.txt'), 'utf8')).toBe('first');
  expect(await readFile(join(target, 'b.txt'), 'utf8')).toBe('second');

  const said = `${frozen} objects`;
  const visited = machines.history(id).filter(({ type }) => type === 'WaitStateEntered');
  expect(visited.length).toBeGreaterThan(0);
  expect(JSON.stringify(machines.history(id))).toContain(said);
  const [waiting, over] = alerts();
  expect(waiting).toMatchObject({ status: 'firing', detail: expect.stringContaining(said) });
  expect(waiting?.detail).toContain('at most 5m');
  expect(over).toMatchObject({ status: 'resolved' });
});

test('a drill of a set that is still readable waits for nothing', async () => {
  const { status, id } = await machines.run('drill', { source: 'uploads' });
  expect(status).toBe('SUCCEEDED');
  expect(machines.history(id).some(({ type }) => type === 'WaitStateEntered')).toBe(false);
});
