import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { handler as health } from '../../functions/health.ts';
import { handler as notify } from '../../functions/notify.ts';
import { handler as plan } from '../../functions/plan.ts';
import { handler as retain } from '../../functions/retain.ts';
import { handler as verify } from '../../functions/verify.ts';
import { failureReport } from '../../src/core/failure.ts';
import { closeAmbientSites } from '../../src/wiring/ambient-site.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  await mkdir(join(folder, 'uploads'));
  const config = {
    vault: { primary: { url: `file://${folder}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
    sources: {
      uploads: { engine: 'files', path: join(folder, 'uploads'), policies: { daily: {} } },
    },
  };
  const configFile = join(folder, 'holdfast.yaml');
  await writeFile(configFile, stringify(config));
  vi.stubEnv('HOLDFAST_CONFIG', configFile);
  vi.stubEnv('HOLDFAST_KEY', randomBytes(32).toString('base64'));
});
afterEach(async () => {
  await closeAmbientSites();
  await rm(folder, { recursive: true });
});

const call = (handler: unknown, event: unknown, context: object = {}) =>
  (handler as Handler)(event, context);

/** As a state machine sees it. */
async function failureOf(invocation: Promise<unknown>) {
  const error = (await invocation.catch((thrown: unknown) => thrown)) as Error;
  const Cause = JSON.stringify({ errorType: error.name, errorMessage: error.message });
  return failureReport({ Error: error.name, Cause });
}
const backup = { for: 'backup', execution: 'exec-1', input: { source: 'uploads' } };

test('plan creates the vault and says what to dump', async () => {
  expect(await call(plan, backup)).toMatchObject({
    due: true,
    copies: false,
    dump: { source: 'uploads', policy: 'daily', parent: null },
  });
});

test('plan does not create a vault for a restore', async () => {
  const event = { for: 'restore', execution: 'exec-1', input: { source: 'uploads' } };
  expect(await failureOf(call(plan, event))).toMatchObject({
    name: 'VaultMissingError',
    exitCode: 10,
  });
});

test('plan chooses nothing where there is nothing', async () => {
  await call(plan, backup);
  const event = { for: 'drill', execution: 'exec-1', input: { source: 'uploads' } };
  expect(await failureOf(call(plan, event))).toMatchObject({
    code: 'BACKUP_NOT_FOUND',
    exitCode: 2,
  });
});

test.for([
  ['plan', plan, { ...backup, for: 'nothing' }, 'EVENT_INVALID'],
  ['plan', plan, { ...backup, input: { source: 'upload' } }, 'SOURCE_UNKNOWN'],
  ['plan', plan, { ...backup, input: { source: 'uploads', policy: 'x' } }, 'POLICY_UNKNOWN'],
  ['verify', verify, { source: 'uploads' }, 'EVENT_INVALID'],
  [
    'verify',
    verify,
    { source: 'uploads', level: 'checked', execution: 'none' },
    'BACKUP_NOT_FOUND',
  ],
  ['retain', retain, {}, 'EVENT_INVALID'],
  ['notify', notify, { machine: 'backup' }, 'EVENT_INVALID'],
] as const)('%s keeps code, name and exit status of an error', async ([, handler, event, code]) => {
  await call(plan, backup);
  const report = await failureOf(call(handler, event));
  expect(report).toMatchObject({ name: 'UsageError', code, exitCode: 2 });
});

test('retain has nothing to do in a new vault', async () => {
  await call(plan, backup);
  const event = { source: 'uploads', execution: 'exec-1' };
  expect(await call(retain, event)).toEqual({ more: false, removed: 0, errors: 0 });
});

test('health has nothing to say before the first backup', async () => {
  expect(await call(health, {})).toEqual({ sources: 0, stale: 0 });
  await call(plan, backup);
  expect(await call(health, {})).toEqual({ sources: 1, stale: 0 });
});

test('notify tells nobody where there is nobody to tell', async () => {
  await call(plan, backup);
  const event = {
    machine: 'backup',
    execution: 'exec-1',
    input: { source: 'uploads' },
    outcome: 'good',
  };
  expect(await call(notify, event)).toEqual({ delivered: 0, failed: [], reason: '' });
  const failure = { Error: 'StoreError', Cause: 'it is full' };
  expect(await call(notify, { ...event, outcome: 'failed', failure })).toMatchObject({
    reason: expect.stringContaining('"message":"it is full"'),
  });
});

test('a function stops when its caller does', async () => {
  await call(plan, backup);
  const context = { signal: AbortSignal.abort(new Error('stopped')) };
  const event = { source: 'uploads', execution: 'exec-1' };
  expect((await failureOf(call(retain, event, context))).message).toBe('stopped');
});

test('plan finds nothing for a schedule that no policy has', async () => {
  const input = { expression: 'rate(1 hour)', scheduledTime: '2026-11-21T02:00:00Z' };
  const event = { for: 'scheduled', execution: 'exec-1', input };
  expect(await call(plan, event)).toMatchObject({ due: 0, runs: [], list: null });
});
