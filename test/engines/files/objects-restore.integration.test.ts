/** Sets of a bucket restored into a bucket, on a real S3 server and on an emulator. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { startMinistack } from '../../servers/ministack.ts';
import { startVersitygw } from '../../servers/versitygw.ts';
import { Bucket, type BucketBench, openBucketBench, restoreTo } from './bucket-bench.ts';
import { openWorkbench, type TakenSet, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

/** Two parts of a multipart upload. */
const large = Buffer.alloc((8 << 20) + 7, 'holdfast');
const facts = {
  ContentType: 'text/html',
  ContentEncoding: 'identity',
  ContentLanguage: 'de',
  ContentDisposition: 'attachment; filename="a.html"',
  CacheControl: 'max-age=60',
  Metadata: { owner: 'anna', shelf: '7' },
};

describe.each([
  ['versitygw', startVersitygw],
  ['ministack', () => startMinistack()],
])('a set of a prefix, restored in %s', (_name, start) => {
  let place: BucketBench;
  beforeAll(async () => {
    place = await openBucketBench(start);
    await place.put('own/a.html', '<A>', facts);
    await place.put('own/deep/b/ünï.txt', 'B');
    await place.put('own/large', large, { Metadata: { of: 'parts' } });
    await place.put('own/none', '');
  });
  afterAll(() => place?.stop());

  const dump = (parent?: TakenSet) =>
    bench.dump({ source: place.source('own'), ...(parent && { parent }) });
  const restore = (taken: TakenSet, to: string, more: object = {}) =>
    restoreTo(bench, taken, {
      source: place.source('own'),
      request: { target: `s3://${Bucket}/${to}`, ...more },
    });
  const head = (Key: string) => place.s3.send(new HeadObjectCommand({ Bucket, Key }));

  it('has the same keys, contents and descriptions, and was read back', async () => {
    const report = await restore(await dump(), 'back');
    expect(report).toEqual({
      target: `s3://${Bucket}/back/`,
      comparison: { level: 'checksum', units: 4, differences: [] },
      totals: { files: 4, bytes: large.length + 4 },
      notes: [],
    });
    expect(await place.keys('back/')).toEqual(['a.html', 'deep/b/ünï.txt', 'large', 'none']);
    expect(await place.text('back/a.html')).toBe('<A>');
    expect((await place.text('back/large')) === large.toString('latin1')).toBe(true);
    expect(await head('back/a.html')).toMatchObject(facts);
    expect((await head('back/large')).Metadata).toEqual({ of: 'parts' });
    const uploads = await place.s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(uploads.Uploads ?? []).toEqual([]);
  });

  it('takes each object of a chain from the set that holds it', async () => {
    const first = await dump();
    await place.put('own/a.html', '<A2>');
    await place.s3.send(new DeleteObjectCommand({ Bucket, Key: 'own/none' }));
    const second = await dump(first);
    expect(second.summary.usedParent).toBe(true);
    await restore(second, 'chain');
    expect(await place.keys('chain/')).toEqual(['a.html', 'deep/b/ünï.txt', 'large']);
    expect(await place.text('chain/a.html')).toBe('<A2>');
    await place.put('own/none', '');
    await place.put('own/a.html', '<A>', facts);
  });

  it('goes into an empty prefix only, unless it may overwrite; it deletes nothing', async () => {
    const taken = await dump();
    await place.put('full/a.html', 'another');
    await place.put('full/stranger', 'S');
    const source = place.source('own');
    const request = { target: `s3://${Bucket}/full`, only: [], overwrite: false };
    const plan = await filesEngine.planRestore(bench.context(source), request, taken.reader);
    expect(plan.findings).toMatchObject([
      { level: 'error', detail: `s3://${Bucket}/full/ already holds a.html, stranger` },
    ]);
    await expect(restore(taken, 'full')).rejects.toMatchObject({ code: 'TARGET_NOT_EMPTY' });
    expect(await place.text('full/a.html')).toBe('another');
    const report = await restore(taken, 'full', { overwrite: true });
    expect(report.comparison).toMatchObject({ units: 4, differences: [] });
    expect(report.notes).toEqual([
      `1 other objects below s3://${Bucket}/full/ were left as they are`,
    ]);
    expect(await place.text('full/a.html')).toBe('<A>');
    expect(await place.text('full/stranger')).toBe('S');
  });

  it('comes back in part beside others, never over one of the same key', async () => {
    const taken = await dump();
    await place.put('part/stranger', 'S');
    const only = { only: ['deep'] };
    expect((await restore(taken, 'part', only)).totals.files).toBe(1);
    expect(await place.keys('part/')).toEqual(['deep/b/ünï.txt', 'stranger']);
    await expect(restore(taken, 'part', only)).rejects.toThrow('already holds deep/b/ünï.txt');
    await expect(restore(taken, 'new', { only: ['x'] })).rejects.toMatchObject({
      code: 'NOTHING_SELECTED',
    });
  });

  it('is not put over an object that appears meanwhile', async () => {
    const taken = await dump();
    const { reader } = taken;
    const late: TakenSet = {
      ...taken,
      reader: {
        ...reader,
        open: async function* (name) {
          await place.put('race/large', 'mine');
          yield* reader.open(name);
        },
      },
    };
    const race = restore(late, 'race');
    await expect(race).rejects.toThrow(`s3://${Bucket}/race/large appeared`);
    expect(await place.text('race/large')).toBe('mine');
    const uploads = await place.s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(uploads.Uploads ?? []).toEqual([]);
  });

  it('damaged, replaces nothing', async () => {
    const taken = await dump();
    const archive = taken.set.contents.get('archive') ?? Buffer.alloc(0);
    archive[archive.indexOf('<A>') + 1] = 0x42;
    await place.put('kept/a.html', 'kept');
    await place.put('kept/none', 'kept');
    const damaged = restore(taken, 'kept', { overwrite: true });
    await expect(damaged).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(await place.text('kept/none')).toBe('kept');
    await expect(restore(taken, 'fresh')).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(await place.keys('fresh/')).not.toContain('a.html');
  });

  it('needs a bucket, that is not the vault, and was one', async () => {
    const taken = await dump();
    const to = (target: string, context = {}) =>
      restoreTo(bench, taken, { source: place.source('own'), request: { target }, context });
    await expect(to('s3://no-such-bucket/x')).rejects.toMatchObject({ code: 'TARGET_INVALID' });
    const ownBuckets = [`s3://${Bucket}/vault`];
    for (const inside of ['vault/data', '']) {
      const own = to(`s3://${Bucket}/${inside}`, { ownBuckets });
      await expect(own).rejects.toMatchObject({ code: 'TARGET_HOLDS_VAULT' });
    }
    writeFileSync(join(bench.root, 'x'), 'x');
    const tree = await bench.dump();
    await expect(restore(tree, 'tree')).rejects.toThrow('is a backup of a directory');
  });
});
