import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError, StoreError, ToolError } from '../../../src/core/errors.ts';
import type { Command } from '../../../src/core/ports/engine.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';
import { contentOf, createDesk, type Desk, spec } from './stored-set.ts';

let folder: string;
let desk: Desk;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-sink-'));
  desk = createDesk(openDirectoryStore(pathToFileURL(join(folder, 'vault')).href));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const seq = (last: number): Command => ({ argv: ['seq', '1', String(last)] });
const script = (text: string): Command => ({ argv: ['sh', '-c', text] });
/** A tool that writes for ever and leaves its process number behind. */
const endless = (): Command => script(`echo $$ > ${folder}/pid; exec yes holdfast`);
const toolPid = async () => (await readFile(join(folder, 'pid'), 'utf8')).trim();

async function waitForTool(): Promise<string> {
  for (let n = 0; n < 500; n += 1) {
    const pid = await toolPid().catch(() => '');
    if (pid !== '') return pid;
    await sleep(10);
  }
  throw new Error('the tool did not start');
}

/** Whether the process is there and no zombie. */
function lives(pid: string): boolean {
  try {
    return !/^[ZX]/.test(execFileSync('ps', ['-o', 'stat=', '-p', pid]).toString());
  } catch {
    return false;
  }
}

const childrenOfThis = () =>
  execFileSync('ps', ['-o', 'pid=,stat=,comm=', '--ppid', String(process.pid)])
    .toString()
    .split('\n')
    .filter((line) => /zstd|yes|sleep/.test(line) && !/ Z/.test(line));

/** The store takes its own folder away with the last file. */
const filesLeft = async (): Promise<string[]> => {
  if (!existsSync(join(folder, 'vault'))) return [];
  const entries = await readdir(join(folder, 'vault'), { recursive: true, withFileTypes: true });
  return entries.filter((each) => each.isFile()).map(({ name }) => name);
};

describe('a stored stream', () => {
  it('is what the tool wrote, through several objects, each hashed as it lies there', async () => {
    const sink = desk.sink({ maxObjectBytes: 3 * 1024 * 1024 });
    const { objects } = await sink.command(spec('data'), seq(5_000_000));
    expect(objects.length).toBeGreaterThan(1);
    for (const { key, sizeBytes, sha256 } of objects) {
      const stored = await desk.store.get(key);
      expect(stored.length).toBe(sizeBytes);
      expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256);
      expect(sizeBytes).toBeLessThanOrEqual(3 * 1024 * 1024);
    }
    const plain = await contentOf(desk.reader(sink).open('data'));
    expect(plain.equals(execFileSync('seq', ['1', '5000000'], { maxBuffer: 1 << 26 }))).toBe(true);
  });

  it('may be one of many at once', async () => {
    const sink = desk.sink();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(names.map((name, n) => sink.command(spec(name), seq((n + 1) * 10_000))));
    expect(sink.streams().map(({ name }) => name)).toEqual(names);
    const reader = desk.reader(sink);
    for (const [n, name] of names.entries()) {
      const { stdout } = await reader.pipe(name, { argv: ['wc', '-l'] });
      expect(Number(stdout)).toBe((n + 1) * 10_000);
    }
  });

  it('may be bytes of this process, none at all included', async () => {
    const sink = desk.sink();
    await sink.bytes(spec('index'), [Buffer.from('{"rows":'), Buffer.from('3}')]);
    await sink.bytes(spec('nothing'), []);
    const reader = desk.reader(sink);
    expect((await contentOf(reader.open('index'))).toString()).toBe('{"rows":3}');
    expect(await contentOf(reader.open('nothing'))).toHaveLength(0);
  });

  it('keeps to the upload rate', async () => {
    const limits = { concurrency: 4, memoryMiB: 256, uploadMiBPerSecond: 8 };
    const sink = desk.sink({ limits });
    const startedAt = performance.now();
    await sink.command(spec('noise'), { argv: ['head', '-c', '12582912', '/dev/urandom'] });
    await sink.bytes(spec('last'), [Buffer.of(1)]);
    expect(performance.now() - startedAt).toBeGreaterThan(1400);
  });
});

const failures: [string, Command, string, RegExp][] = [
  ['is missing', { argv: ['/no/such/tool'] }, 'TOOL_MISSING', /did not start/],
  ['exits 3 after data', script('echo data; echo oops >&2; exit 3'), 'TOOL_FAILED', /3: oops/],
  ['is killed after data', script('seq 1 100000; kill -9 $$'), 'TOOL_FAILED', /SIGKILL/],
  ['writes nothing', { argv: ['true'] }, 'OUTPUT_EMPTY', /wrote nothing/],
];

describe.each(failures)('a tool that %s', (_, command, code, message) => {
  it('fails the stream, says why, and leaves no upload', async () => {
    const sink = desk.sink();
    const stored = sink.command(spec('data'), command);
    const error = await stored.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ToolError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    await sink.abort();
    expect(await filesLeft()).toEqual([]);
    expect(sink.streams()).toEqual([]);
  });
});

describe('a stream that cannot go on', () => {
  async function fails(stored: Promise<unknown>, sink: { abort(): Promise<void> }) {
    const error = await stored.catch((thrown: unknown) => thrown);
    await sink.abort();
    expect(lives(await toolPid())).toBe(false);
    expect(childrenOfThis()).toEqual([]);
    expect(await filesLeft()).toEqual([]);
    return error;
  }

  it('ends its tool when zstd is killed', async () => {
    const sink = desk.sink();
    const stored = sink.command(spec('data'), endless());
    stored.catch(() => undefined);
    await waitForTool();
    const [line = ''] = childrenOfThis().filter((each) => each.includes('zstd'));
    process.kill(Number(line.trim().split(' ')[0]), 'SIGKILL');
    expect(await fails(stored, sink)).toMatchObject({ message: expect.stringMatching(/^zstd/) });
  });

  it('ends everything when the caller aborts', async () => {
    const caller = new AbortController();
    const sink = desk.sink({ signal: caller.signal });
    const stored = sink.command(spec('data'), endless());
    stored.catch(() => undefined);
    await waitForTool();
    caller.abort();
    expect(await fails(stored, sink)).toBeInstanceOf(InterruptedError);
  });

  it('ends by SIGKILL a tool that does not hear', async () => {
    const caller = new AbortController();
    const sink = desk.sink({ signal: caller.signal });
    const deaf = script(`trap '' TERM PIPE; echo $$ > ${folder}/pid; while :; do sleep 0.1; done`);
    const stored = sink.command(spec('data'), deaf);
    stored.catch(() => undefined);
    await waitForTool();
    caller.abort();
    expect(await fails(stored, sink)).toBeInstanceOf(InterruptedError);
  });

  it('is given up when not a byte came for too long', async () => {
    const sink = desk.sink({ stallSeconds: 0.3 });
    const silent = script(`echo $$ > ${folder}/pid; exec sleep 1000`);
    expect(await fails(sink.command(spec('data'), silent), sink)).toMatchObject({
      code: 'STALLED',
    });
  });

  it('ends the others with the first failure as their reason', async () => {
    const sink = desk.sink();
    const other = sink.command(spec('other'), endless());
    other.catch(() => undefined);
    await waitForTool();
    const failing = sink.command(spec('data'), script('exit 7'));
    const [first, second] = await Promise.allSettled([failing, other]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'TOOL_FAILED' } });
    expect(second).toMatchObject({ reason: { message: expect.stringContaining('status 7') } });
    await expect(sink.bytes(spec('late'), [])).rejects.toThrow(/status 7/);
    await fails(other, sink);
  });

  it('fails when the vault has no room', async () => {
    const full: ObjectStore = {
      ...desk.store,
      upload: async (key, options) => ({
        ...(await desk.store.upload(key, options)),
        part: () => Promise.reject(new StoreError('no space left', { code: 'STORE_FULL' })),
      }),
    };
    const sink = desk.sink({ vault: { store: full } });
    const noise = script(`echo $$ > ${folder}/pid; exec cat /dev/urandom`);
    expect(await fails(sink.command(spec('data'), noise), sink)).toMatchObject({
      code: 'STORE_FULL',
    });
  });

  it('passes on what its source in this process threw', async () => {
    async function* broken() {
      yield Buffer.from('half');
      throw new Error('the source broke');
    }
    await writeFile(join(folder, 'pid'), '999999');
    const sink = desk.sink();
    expect(await fails(sink.bytes(spec('index'), broken()), sink)).toMatchObject({
      message: 'the source broke',
    });
  });
});
