import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { openSite } from '../../src/wiring/site.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const environment = { HOLDFAST_KEY: randomBytes(32).toString('base64') };

async function open(more: object = {}) {
  const config = {
    vault: {
      primary: { url: `file://${folder}/vault` },
      copies: [{ name: 'west', url: `file://${folder}/copy` }],
      encryption: { key: 'env:HOLDFAST_KEY' },
    },
    sources: { uploads: { engine: 'files', path: folder, policies: { daily: {} } } },
    ...more,
  };
  const configFile = join(folder, 'holdfast.yaml');
  await writeFile(configFile, stringify(config));
  return openSite({ configFile, environment, now: () => new Date(), log: () => undefined });
}

test('opens nothing before it is used', async () => {
  const site = await open();
  await expect(stat(join(folder, 'vault'))).rejects.toThrow('ENOENT');
  await expect(stat(site.stateDir)).rejects.toThrow('ENOENT');
});

test('makes a signing key at first use, private, and keeps it', async () => {
  const first = await (await open()).signer();
  const file = join(folder, '.holdfast/signing-key.pem');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).toContain('PRIVATE KEY');
  const second = await (await open()).signer();
  expect(second.id).toBe(first.id);
});

test('two first users agree on one signing key', async () => {
  const sites = await Promise.all([open(), open(), open()]);
  const ids = await Promise.all(sites.map(async (site) => (await site.signer()).id));
  expect(new Set(ids).size).toBe(1);
});

test('a verb other than backup does not create a vault', async () => {
  const site = await open();
  await expect(site.vaults.open()).rejects.toMatchObject({ exitCode: 10 });
  const created = await site.vaults.create();
  expect((await site.vaults.open()).id).toBe(created.id);
});

test('another key than the vault’s is told as such', async () => {
  await (await open()).vaults.create();
  environment.HOLDFAST_KEY = randomBytes(32).toString('base64');
  await expect((await open()).vaults.open()).rejects.toMatchObject({ exitCode: 12 });
});

test.for([
  [(site: Awaited<ReturnType<typeof open>>) => site.source('upload'), 'did you mean "uploads"?'],
  [(site: Awaited<ReturnType<typeof open>>) => site.vaults.store('wst'), 'did you mean "west"?'],
] as const)('a name that is not there: %s', async ([use, hint]) => {
  const site = await open();
  await expect((async () => use(site))()).rejects.toThrow(hint);
});

test('a configuration that is not there says how to write one', async () => {
  const configFile = join(folder, 'none.yaml');
  const given = { configFile, environment, now: () => new Date(), log: () => undefined };
  await expect(openSite(given)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE', exitCode: 2 });
});

test('gives an engine a scratch folder that is gone afterwards', async () => {
  const site = await open();
  const scope = { signal: new AbortController().signal, progress: () => undefined };
  const used = await site.source('uploads').use(scope, async ({ scratchDir, secret, helper }) => {
    expect((await stat(scratchDir)).isDirectory()).toBe(true);
    expect(await secret('env:HOLDFAST_KEY')).toBe(environment.HOLDFAST_KEY);
    expect(helper('files-archive')[1]).toMatch(/archive-program\.ts$/);
    return scratchDir;
  });
  await expect(stat(used)).rejects.toThrow('ENOENT');
});
