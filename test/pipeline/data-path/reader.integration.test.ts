import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IntegrityError, InterruptedError, ToolError } from '../../../src/core/errors.ts';
import type { Manifest } from '../../../src/core/manifest.ts';
import type { Command, SetReader } from '../../../src/core/ports/engine.ts';
import { openReader, type Sink } from '../../../src/pipeline/data-path/index.ts';
import { createSetKey } from '../../../src/pipeline/keys/index.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';
import { flipBit, tamper } from '../vault/sample-set.ts';
import { contentOf, createDesk, type Desk, limits, signal, spec } from './stored-set.ts';

let folder: string;
let desk: Desk;
let sink: Sink;
let reader: SetReader;
const noise = randomBytes(12 * 1024 * 1024);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-reader-'));
  desk = createDesk(openMemoryStore());
  sink = desk.sink({ maxObjectBytes: 5 * 1024 * 1024 });
  await sink.bytes(spec('data'), [noise]);
  reader = desk.reader(sink);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keys = () => sink.streams().flatMap(({ objects }) => objects.map(({ key }) => key));
/** Takes everything into a file: what a restore tool has seen. */
const keep = (): Command => ({ argv: ['sh', '-c', `exec cat > ${folder}/seen`] });
const seenBytes = async () => (await stat(join(folder, 'seen'))).size;

describe('a reader', () => {
  it('gives the same bytes to this process, a program, a transform and a file', async () => {
    expect(keys().length).toBeGreaterThan(2);
    expect((await contentOf(reader.open('data'))).equals(noise)).toBe(true);
    await reader.pipe('data', keep());
    expect((await readFile(join(folder, 'seen'))).equals(noise)).toBe(true);
    const transformed = reader.transform('data', { argv: ['cat'] });
    expect((await contentOf(transformed)).equals(noise)).toBe(true);
    await reader.stage('data', join(folder, 'staged'));
    expect((await readFile(join(folder, 'staged'))).equals(noise)).toBe(true);
    expect((await stat(join(folder, 'staged'))).mode & 0o777).toBe(0o600);
  });

  it('lets a consumer have enough, and fails with one that fails', async () => {
    const { stdout } = await reader.pipe('data', { argv: ['head', '-c', '3'] });
    expect(stdout).toBe(noise.subarray(0, 3).toString('utf8'));
    await expect(reader.pipe('data', { argv: ['false'] })).rejects.toBeInstanceOf(ToolError);
    const missing = reader.pipe('data', { argv: ['/no/such/tool'] });
    await expect(missing).rejects.toMatchObject({ code: 'TOOL_MISSING' });
  });

  it('fails when zstd dies although the consumer is content', async () => {
    const kill = `kill -9 $(ps -o pid=,comm= --ppid ${process.pid} | awk '/zstd/ {print $1}')`;
    const piped = reader.pipe('data', { argv: ['sh', '-c', `${kill}; cat > /dev/null`] });
    await expect(piped).rejects.toThrow(/zstd failed with signal SIGKILL/);
  });

  it('names a stream that is not there', async () => {
    await expect(reader.pipe('other', keep())).rejects.toMatchObject({ code: 'STREAM_MISSING' });
  });

  it('stops when the caller aborts, and ends the program', async () => {
    const caller = new AbortController();
    const aborting = desk.reader(sink, { signal: caller.signal });
    const piped = aborting.pipe('data', { argv: ['sh', '-c', 'exec sleep 1000'] });
    setTimeout(() => caller.abort(), 100);
    await expect(piped).rejects.toBeInstanceOf(InterruptedError);
    const left = execFileSync('ps', ['-o', 'stat=,args=', '--ppid', String(process.pid)]);
    expect(left.toString()).not.toMatch(/^[^Z].*sleep 1000/m);
  });

  it('gives up when the store gives not a byte for too long', async () => {
    const hanging = { ...desk.store, get: () => new Promise<never>(() => undefined) };
    const manifest = { source: 'orders', id: desk.backupId, streams: sink.streams() };
    const stuck = openReader({
      vault: { store: hanging },
      manifest: manifest as unknown as Manifest,
      setKey: desk.setKey,
      limits,
      signal,
      onProgress: () => undefined,
      stallSeconds: 0.3,
    });
    await expect(stuck.pipe('data', keep())).rejects.toMatchObject({ code: 'STALLED' });
  });
});

const damages: [string, (desk: Desk, keys: string[]) => Promise<void>][] = [
  ['a flipped first byte', ({ store }, [, key = '']) => tamper(store, key, flipBit(0))],
  [
    'a flipped byte in the middle',
    ({ store }, [, key = '']) => tamper(store, key, flipBit(900_000)),
  ],
  ['a flipped last byte', ({ store }, [, key = '']) => tamper(store, key, flipBit(-1))],
  [
    'a byte more',
    ({ store }, [, key = '']) => tamper(store, key, (all) => Buffer.concat([all, Buffer.of(0)])),
  ],
  ['a byte less', ({ store }, [, key = '']) => tamper(store, key, (all) => all.subarray(0, -1))],
  ['no byte', ({ store }, [, key = '']) => tamper(store, key, () => Buffer.alloc(0))],
  ['its object missing', ({ store }, [, key = '']) => store.delete(key)],
  [
    'another part in its place',
    async ({ store }, [first = '', key = '']) => {
      await store.put(key, await store.get(first), { ifAbsent: false });
    },
  ],
];

describe.each(damages)('an object with %s', (_, damage) => {
  it('is named, and the program is ended before it could take half for the whole', async () => {
    await damage(desk, keys());
    const done = `${keep().argv[2]} && touch ${folder}/done`;
    const piped = reader.pipe('data', { argv: ['sh', '-c', done.replace('exec ', '')] });
    const error = await piped.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IntegrityError);
    expect(String(error)).toContain(keys()[1]);
    expect(existsSync(join(folder, 'done'))).toBe(false);
    await expect(reader.stage('data', join(folder, 'staged'))).rejects.toBeInstanceOf(
      IntegrityError,
    );
    expect(existsSync(join(folder, 'staged'))).toBe(false);
  });
});

describe('an object replaced by one that is encrypted correctly', () => {
  it('is refused by its hash before the program has seen the last megabyte', async () => {
    const other = createDesk(desk.store);
    const same = { ...other, setKey: desk.setKey, backupId: desk.backupId };
    const changed = Buffer.from(noise).fill(0, 0, 10);
    for (const key of keys()) await desk.store.delete(key);
    const forged = same.sink({
      setKey: desk.setKey,
      backupId: desk.backupId,
      maxObjectBytes: 5 * 1024 * 1024,
    });
    await forged.bytes(spec('data'), [changed]);
    await expect(reader.pipe('data', keep())).rejects.toThrow(/SHA-256/);
    expect(await seenBytes()).toBeLessThan(4 * 1024 * 1024);
  });

  it('is refused under another set key', async () => {
    const manifest = { source: 'orders', id: desk.backupId, streams: sink.streams() };
    const wrong = openReader({
      vault: { store: desk.store },
      manifest: manifest as unknown as Manifest,
      setKey: createSetKey(),
      limits,
      signal,
      onProgress: () => undefined,
    });
    await expect(contentOf(wrong.open('data'))).rejects.toBeInstanceOf(IntegrityError);
  });
});
