import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { progressLines } from '../../containers/progress-lines.ts';
import { runTask } from '../../containers/run-task.ts';
import { closeAmbientSites } from '../../src/wiring/ambient-site.ts';
import { openSite } from '../../src/wiring/site.ts';

let folder: string;
let environment: Record<string, string>;
const [out, errors]: [string[], string[]] = [[], []];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  out.length = 0;
  errors.length = 0;
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads/a.txt'), 'hello');
  const config = {
    vault: { primary: { url: `file://${folder}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
    sources: {
      uploads: { engine: 'files', path: join(folder, 'uploads'), policies: { daily: {} } },
      gone: { engine: 'files', path: join(folder, 'nowhere'), policies: { daily: {} } },
    },
  };
  const configFile = join(folder, 'holdfast.yaml');
  await writeFile(configFile, stringify(config));
  environment = {
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
    HOLDFAST_CONFIG: configFile,
    HOLDFAST_EXECUTION: 'exec-1',
    HOLDFAST_VERB: 'dump',
  };
  const now = () => new Date();
  const site = await openSite({ configFile, environment, now, log: () => undefined });
  await site.vaults.create();
});
afterEach(async () => {
  await closeAmbientSites();
  await rm(folder, { recursive: true });
});

const run = (input: object, more: Record<string, string> = {}, signal?: AbortSignal) =>
  runTask({
    environment: { ...environment, HOLDFAST_INPUT: JSON.stringify(input), ...more },
    cwd: folder,
    now: () => new Date(),
    signal: signal ?? new AbortController().signal,
    writeOut: (line) => out.push(line),
    writeError: (line) => errors.push(line),
  });
const dump = { policy: 'daily', method: 'full', parent: null };
const lastError = () => JSON.parse(errors.at(-1) ?? '{}') as { level: string; error: object };
const result = async () =>
  JSON.parse(await readFile(join(folder, 'vault/results/exec-1/dump.json'), 'utf8')) as object;

test('ends with 0, progress on stdout and its result in the vault', async () => {
  expect(await run({ ...dump, source: 'uploads' })).toBe(0);
  expect(out.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ message_type: 'progress', execution: 'exec-1', unit: 'bytes' }),
  );
  expect(await result()).toMatchObject({ method: 'full', partial: false });
  expect(errors).toEqual([]);
});

test('a failure is the last line on stderr and lies in the vault too', async () => {
  const status = await run({ ...dump, source: 'gone' });
  expect(status).toBeGreaterThan(0);
  expect(lastError()).toMatchObject({
    level: 'error',
    verb: 'dump',
    execution: 'exec-1',
    source: 'gone',
    error: { name: expect.stringMatching(/Error$/) },
  });
  expect(await result()).toEqual({ error: lastError().error });
});

test.for([
  ['a key that is not the vault’s', { HOLDFAST_KEY: randomBytes(32).toString('base64') }, 12],
  ['no configuration', { HOLDFAST_CONFIG: '/nowhere.yaml' }, 2],
  ['an unknown verb', { HOLDFAST_VERB: 'destroy' }, 2],
] as const)('%s ends with its own status', async ([, more, status]) => {
  expect(await run({ ...dump, source: 'uploads' }, more)).toBe(status);
  expect(lastError().level).toBe('error');
});

test('an interruption ends with 130 and leaves no set', async () => {
  const signal = AbortSignal.abort();
  expect(await run({ ...dump, source: 'uploads' }, {}, signal)).toBe(130);
  await expect(readFile(join(folder, 'vault/sets'))).rejects.toThrow('ENOENT');
});

test('progress comes with each phase, at most twice a second, and only when something moved', () => {
  const clock = { ms: 0 };
  const lines: string[] = [];
  const progress = progressLines({
    verb: 'dump',
    execution: 'exec-1',
    now: () => new Date(clock.ms),
    write: (line) => lines.push(line),
  });
  for (const [ms, phase, done] of [
    [0, 'a', 1],
    [100, 'a', 2],
    [700, 'a', 3],
    [1400, 'a', 3],
    [1500, 'b', 0],
  ] as const) {
    clock.ms = ms;
    progress({ phase, done, unit: 'bytes' });
  }
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { phase: 'a', done: 1 },
    { phase: 'a', done: 3 },
    { phase: 'b', done: 0 },
  ]);
});
