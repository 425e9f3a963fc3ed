/** Everything the demo touches lies in one folder: a server, a directory, a vault and a configuration. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startScratchServer } from '../../engines/postgres/scratch-server.ts';
import { createShop, withClient } from './database.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { createUploads } from './tree.ts';

export interface World {
  readonly folder: string;
  readonly shopUrl: string;
  readonly serverVersion: string;
  readonly uploads: string;
  readonly vault: string;
  readonly receiver: Receiver;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** The next newer one that is installed serves as well. */
const oldestMajor = 10;

/** `keep`: a folder that stays; absent, a temporary one is made and removed. */
export async function buildWorld(keep: string | undefined, signal: AbortSignal): Promise<World> {
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'holdfast-demo-')));
  await mkdir(folder, { recursive: true });
  const server = await startScratchServer({ major: oldestMajor, signal });
  const hookSecret = randomBytes(16).toString('hex');
  const receiver = await startReceiver(hookSecret);
  const uploads = join(folder, 'uploads');
  await withClient(server.url, (client) => client.query('create database shop'));
  const shopUrl = Object.assign(new URL(server.url), { pathname: '/shop' }).href;
  await Promise.all([createShop(shopUrl), createUploads(uploads)]);
  await writeFile(join(folder, 'holdfast.yaml'), stringify(configuration(folder, receiver.url)));
  return {
    folder,
    shopUrl,
    serverVersion: server.version,
    uploads,
    vault: join(folder, 'vault'),
    receiver,
    env: {
      SHOP_URL: shopUrl,
      HOLDFAST_KEY: randomBytes(32).toString('base64'),
      HOOK_SECRET: hookSecret,
    },
    async close() {
      await Promise.all([server.stop(), receiver.close()]);
      if (keep === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

const configuration = (folder: string, hook: string) => ({
  vault: {
    primary: { url: `file://${folder}/vault` },
    copies: [{ name: 'second-disk', url: `file://${folder}/copy`, keep: { daily: 7 } }],
    encryption: { key: 'env:HOLDFAST_KEY' },
  },
  sources: {
    shop: {
      engine: 'postgres',
      connection: 'env:SHOP_URL',
      policies: { daily: { schedule: 'cron(0 2 * * ? *)', keep: { daily: 30, monthly: 12 } } },
      objectives: { rpo: '1h', rto: '5m' },
      fingerprint: 'checksum',
      drill: {
        schedule: 'cron(0 5 ? * SUN *)',
        assertions: [{ database: 'shop', sql: 'select count(*) = 20000 from public.orders' }],
      },
    },
    uploads: {
      engine: 'files',
      path: `${folder}/uploads`,
      after: ['shop'],
      policies: {
        daily: {
          method: 'incremental',
          full: 'weekly',
          schedule: 'cron(30 2 * * ? *)',
          keep: { daily: 7 },
        },
      },
    },
  },
  alerts: {
    channels: { oncall: { webhook: hook, secret: 'env:HOOK_SECRET' } },
    routes: [{ on: ['backup.failed', 'verify.failed', 'drill.failed'], to: ['oncall'] }],
  },
});
