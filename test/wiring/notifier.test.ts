import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { backupFailed, raised } from '../../src/core/alerts/index.ts';
import { notify } from '../../src/pipeline/notify/index.ts';
import { openNotifier } from '../../src/wiring/notifier.ts';
import { openSite } from '../../src/wiring/site.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const environment = { HOLDFAST_KEY: randomBytes(32).toString('base64') };
const signal = new AbortController().signal;
const report = { name: 'E', code: 'E', message: 'it broke', exitCode: 1, retryable: false };
const broke = raised(backupFailed({ source: 'uploads', impact: '', execution: 'x', report }));

async function open() {
  const configFile = join(folder, 'holdfast.yaml');
  const config = {
    vault: { primary: { url: `file://${folder}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
    sources: { uploads: { engine: 'files', path: folder, policies: { daily: {} } } },
    alerts: {
      channels: { bus: { sns: 'arn:aws:sns:us-east-1:111122223333:backups' } },
      routes: [{ on: ['drill.failed'], to: ['bus'] }],
    },
  };
  await writeFile(configFile, stringify(config));
  return openSite({ configFile, environment, now: () => new Date(), log: () => undefined });
}

test('knows the stage of the execution that tells', async () => {
  const site = await open();
  const arn = 'arn:aws:states:eu-west-3:111122223333:execution:holdfast-prod-health:h-1';
  expect((await openNotifier(site, signal, arn)).stage).toBe('prod');
  expect((await openNotifier(site, signal)).stage).toBeUndefined();
});

test('remembers alerts in the vault, under its id', async () => {
  const site = await open();
  const vault = await site.vaults.create();
  const notifier = await openNotifier(site, signal);
  expect([notifier.scope, [...notifier.channels.keys()]]).toEqual([vault.id, ['bus']]);
  await notify([broke], notifier);
  expect(await readdir(join(folder, 'vault/state/alerts'))).toEqual(['backup.failed.uploads.json']);
});

test('without a vault remembers them beside the configuration, and makes nothing in its place', async () => {
  const notifier = await openNotifier(await open(), signal);
  await notify([broke], notifier);
  await expect(stat(join(folder, 'vault'))).rejects.toThrow('ENOENT');
  expect(await readdir(join(folder, '.holdfast/state/alerts'))).toEqual([
    'backup.failed.uploads.json',
  ]);
});
