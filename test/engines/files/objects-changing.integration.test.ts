/** What happens to objects while a prefix is dumped, and to those that cannot be read. */
import {
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { type HookedServer, hookInto } from '../../servers/http-hook.ts';
import { createUser } from '../../servers/iam-user.ts';
import { startMinistack } from '../../servers/ministack.ts';
import { startMoto } from '../../servers/moto.ts';
import { startVersitygw } from '../../servers/versitygw.ts';
import { Bucket, type BucketBench, openBucketBench, restoreTo } from './bucket-bench.ts';
import { openWorkbench, type TakenSet, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

const indexOf = ({ set }: TakenSet): Record<string, unknown>[] =>
  Buffer.from(set.contents.get('index') ?? '')
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line));
const entryOf = (taken: TakenSet, path: string) =>
  indexOf(taken).find((one) => one['path'] === path);

describe.each([
  ['versitygw', startVersitygw],
  ['ministack', () => startMinistack()],
])('an object in %s', (name, start) => {
  let place: BucketBench;
  let hooked: HookedServer;
  beforeAll(async () => {
    hooked = await hookInto(await start());
    place = await openBucketBench(() => Promise.resolve(hooked));
    const Status = 'Enabled';
    await place.s3.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }),
    );
  });
  afterEach(() => hooked.set(() => undefined));
  afterAll(() => place?.stop());
  const dump = (prefix: string) => bench.dump({ source: place.source(prefix) });
  const restored = async (taken: TakenSet, to: string) => {
    const request = { target: `s3://${Bucket}/${to}` };
    const { comparison } = await restoreTo(bench, taken, { source: place.source(''), request });
    expect(comparison.differences).toEqual([]);
  };
  /** `act` is called before each GET of the object is passed on. */
  const beforeGet = (path: string, act: (count: number) => Promise<unknown>) => {
    let count = 0;
    hooked.set(async ({ method, path: seen, query }) => {
      if (method !== 'GET' || seen !== `/${Bucket}/${path}` || query.has('tagging'))
        return undefined;
      await act(++count);
      return undefined;
    });
  };

  it('keeps the tags that it has, and the version that was read is known', async () => {
    const Tagging = new URLSearchParams({ 'cost centre': 'red + B=1:x/y@z', kept: '' }).toString();
    await place.put('tags/a', 'A', { Tagging, Metadata: { owner: 'anna' } });
    await place.put('tags/large', Buffer.alloc(9 << 20, 'x'), { Tagging: 'part=yes' });
    await place.put('tags/none', 'N');
    const taken = await dump('tags');
    expect(entryOf(taken, 'a')?.['object']).toMatchObject({
      tags: { 'cost centre': 'red + B=1:x/y@z', kept: '' },
      metadata: { owner: 'anna' },
      versionId: expect.stringMatching(/./),
    });
    expect(entryOf(taken, 'none')?.['object']).not.toHaveProperty('tags');
    const request = { target: `s3://${Bucket}/tagged` };
    const report = await restoreTo(bench, taken, { source: place.source(''), request });
    // The emulator forgets the tags of an upload in parts, and the comparison sees it.
    expect(report.comparison.differences.map((one) => one.name)).toEqual(
      name === 'ministack' ? ['large'] : [],
    );
    const back = await dump('tagged');
    expect(entryOf(back, 'a')?.['object']).toMatchObject({
      tags: { 'cost centre': 'red + B=1:x/y@z', kept: '' },
    });
  });

  it('differs when it comes back with other tags', async () => {
    await place.put('other/a', 'A', { Tagging: 'team=red' });
    const taken = await dump('other');
    let isDone = false;
    hooked.set(async ({ method, path }) => {
      if (method !== 'GET' || path !== `/${Bucket}/changed/a` || isDone) return undefined;
      isDone = true;
      const TagSet = [{ Key: 'team', Value: 'blue' }];
      const asked = { Bucket, Key: 'changed/a', Tagging: { TagSet } };
      await place.s3.send(new PutObjectTaggingCommand(asked));
      return undefined;
    });
    const request = { target: `s3://${Bucket}/changed` };
    const source = place.source('');
    const { comparison } = await restoreTo(bench, taken, { source, request });
    expect(comparison.differences).toEqual([
      { name: 'a', expected: 'tags [["team","red"]]', found: 'tags [["team","blue"]]' },
    ]);
  });

  it('that changes between list and read is read as it is then', async () => {
    await place.put('change/a', 'before');
    beforeGet('change/a', async (count) => {
      if (count === 1) await place.put('change/a', 'afterwards');
    });
    const taken = await dump('change');
    expect(taken.summary.partialReasons).toEqual([]);
    await restored(taken, 'change-back');
    expect(await place.text('change-back/a')).toBe('afterwards');
  });

  it('that changes in its middle is stored whole, as it is then', async () => {
    await place.put('middle/a', Buffer.alloc(17 << 20, 'a'));
    await place.put('middle/b', 'B');
    const next = Buffer.alloc((9 << 20) + 3, 'b');
    beforeGet('middle/a', async (count) => {
      if (count === 2) await place.put('middle/a', next);
    });
    const taken = await dump('middle');
    expect(taken.summary.partialReasons).toEqual([]);
    expect(entryOf(taken, 'a')?.['size']).toBe(next.length);
    await restored(taken, 'middle-back');
    expect((await place.text('middle-back/a')) === next.toString()).toBe(true);
    const read = await filesEngine.read(bench.context(), taken.reader);
    expect(read.notes.join()).toContain('2 files');
  });

  it('that changes at every attempt makes the set partial, by its name', async () => {
    await place.put('busy/a', '0');
    await place.put('busy/b', 'B');
    beforeGet('busy/a', (count) => place.put('busy/a', 'x'.repeat(count + 1)));
    const taken = await dump('busy');
    expect(taken.summary.partialReasons).toEqual(['a: unreadable: changed at every attempt']);
    expect(entryOf(taken, 'a')).toMatchObject({ problem: 'unreadable: changed at every attempt' });
    hooked.set(() => undefined);
    await restored(taken, 'busy-back');
    expect(await place.keys('busy-back/')).toEqual(['b']);
  });

  it('that is deleted meanwhile is as if it had been before; its old version is not read', async () => {
    await place.put('gone/a', 'A');
    await place.put('gone/b', 'B');
    beforeGet('gone/a', () => place.s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone/a' })));
    const taken = await dump('gone');
    expect(taken.summary.partialReasons).toEqual([]);
    expect(bench.logged.join()).toContain('1 objects went away');
    expect(entryOf(taken, 'a')).toBeUndefined();
    hooked.set(() => undefined);
    const later = await dump('gone');
    expect(indexOf(later).map((one) => one['path'])).toEqual(['.', 'b']);
  });
});

it('in an archive tier is named, and the rest is there', async () => {
  const place = await openBucketBench(startMoto);
  try {
    await place.put('cold/a', 'A', { StorageClass: 'DEEP_ARCHIVE' });
    await place.put('cold/b', 'B');
    await place.put('cold/c', 'C', { StorageClass: 'GLACIER' });
    const source = place.source('cold');
    const taken = await bench.dump({ source });
    expect(taken.summary.partialReasons).toEqual([
      'a: unreadable: in an archive tier',
      'c: unreadable: in an archive tier',
    ]);
    const findings = await filesEngine.check(bench.context(source));
    expect(findings[0]).toMatchObject({
      level: 'error',
      detail: 'a lies in an archive tier',
    });
    const request = { target: `s3://${Bucket}/thawed` };
    const report = await restoreTo(bench, taken, { source, request });
    expect(report.notes).toEqual(['2 objects could not be read at the time']);
    expect(await place.keys('thawed/')).toEqual(['b']);
  } finally {
    await place.stop();
  }
});

describe('an object that these credentials may not read', () => {
  let place: BucketBench;
  beforeAll(async () => {
    place = await openBucketBench(() => startMinistack({ auth: true }));
    await place.put('own/a', 'A', { Tagging: 'team=red' });
    await place.put('own/b', 'B');
  });
  afterAll(() => place?.stop());
  let users = 0;
  const allow = (Action: string | string[], Resource: string, Effect = 'Allow') => ({
    ...{ Effect, Action, Resource },
  });
  const all = `arn:aws:s3:::${Bucket}/own/*`;
  const list = allow('s3:ListBucket', `arn:aws:s3:::${Bucket}`);
  const as = async (...Statement: object[]) => {
    const policy = { Version: '2012-10-17', Statement };
    const user = await createUser(place.server, `user${++users}`, policy);
    const source = place.source('own');
    vi.stubEnv('AWS_ACCESS_KEY_ID', user.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', user.secretAccessKey);
    return source;
  };
  const findingsOf = async (source: object) =>
    (await filesEngine.check(bench.context(source))).filter(({ subject }) => /^s3/.test(subject));
  const statement = (action: string) => `"Action":${JSON.stringify([action])}`;

  it('is named, by a dump', async () => {
    const read = allow(['s3:GetObject', 's3:GetObjectTagging'], all);
    const denied = allow('s3:GetObject', `arn:aws:s3:::${Bucket}/own/b`, 'Deny');
    const taken = await bench.dump({ source: await as(list, read, denied) });
    expect(taken.summary.partialReasons).toEqual(['b: unreadable: AccessDenied']);
    expect(entryOf(taken, 'a')).toHaveProperty('sha256');
  });

  it('is named where only its tags are refused; its contents are kept', async () => {
    const taken = await bench.dump({ source: await as(list, allow('s3:GetObject', all)) });
    expect(taken.summary.partialReasons).toEqual(['a: tags unreadable: AccessDenied']);
    expect(entryOf(taken, 'a')).toHaveProperty('sha256');
  });

  it('is told by check, with the permission that is missing', async () => {
    expect(await findingsOf(await as(allow('s3:GetObject', all)))).toMatchObject([
      { level: 'error', fix: expect.stringContaining('"s3:ListBucket"') },
    ]);
    expect(await findingsOf(await as(list))).toMatchObject([
      { level: 'error', fix: expect.stringContaining(statement('s3:GetObject')) },
      { level: 'warning', fix: expect.stringContaining(statement('s3:GetObjectTagging')) },
    ]);
    expect(await findingsOf(await as(list, allow('s3:GetObject', all)))).toMatchObject([
      { level: 'ok', detail: 'listed and read' },
      { level: 'warning', fix: expect.stringContaining(statement('s3:GetObjectTagging')) },
    ]);
    const whole = await as(list, allow(['s3:GetObject', 's3:GetObjectTagging'], all));
    expect(await findingsOf(whole)).toMatchObject([{ level: 'ok' }]);
  });

  it('cannot be put where these credentials may not write; the policy is told', async () => {
    const read = allow(['s3:GetObject', 's3:GetObjectTagging'], all);
    const source = await as(list, read);
    const taken = await bench.dump({ source });
    const request = { target: `s3://${Bucket}/denied` };
    const refused = restoreTo(bench, taken, { source, request });
    await expect(refused).rejects.toMatchObject({
      code: 'TARGET_DENIED',
      hint: expect.stringContaining(`arn:aws:s3:::${Bucket}/denied/*`),
    });
  });
});
