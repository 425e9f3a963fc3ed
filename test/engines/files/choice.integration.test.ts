import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { type FilesSource, filesSchema } from '../../../src/engines/files/schema.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
  for (const folder of ['cache/old', '.hidden', 'docs/img']) {
    mkdirSync(join(bench.root, folder), { recursive: true });
  }
  const files = ['a.txt', 'b.tmp', 'cache/old/c.txt', '.hidden/d.tmp', 'docs/e.txt', 'docs/img/f'];
  for (const file of files) writeFileSync(join(bench.root, file), file);
});
afterEach(() => bench.close());

async function pathsOf(source: Partial<FilesSource>): Promise<string[]> {
  const { set } = await bench.dump({ source });
  const [, ...lines] = set.contents.get('index')?.toString().trim().split('\n') ?? [];
  return lines.map((line) => (JSON.parse(line) as { path: string }).path);
}

test.each([
  [
    { exclude: ['**/*.tmp'] },
    '. .hidden a.txt cache cache/old cache/old/c.txt docs docs/e.txt docs/img docs/img/f',
  ],
  [
    { exclude: ['cache/**'] },
    '. .hidden .hidden/d.tmp a.txt b.tmp cache docs docs/e.txt docs/img docs/img/f',
  ],
  [{ exclude: ['cache', '/docs/'] }, '. .hidden .hidden/d.tmp a.txt b.tmp'],
  [{ include: ['**/*.txt'] }, '. a.txt cache cache/old cache/old/c.txt docs docs/e.txt'],
  [{ include: ['docs'] }, '. docs docs/e.txt docs/img docs/img/f'],
  [{ include: ['docs', '*.tmp'], exclude: ['docs/img/*'] }, '. b.tmp docs docs/e.txt docs/img'],
])('takes with %j just that', async (source, paths) => {
  expect((await pathsOf(source)).join(' ')).toBe(paths);
});

test("leaves out Holdfast's own directories and says so", async () => {
  const own = join(bench.root, 'docs/img');
  const { set } = await bench.dump({ context: { ownPaths: [own, '/nowhere'] } });
  expect(set.contents.get('index')?.toString()).not.toContain('docs/img');
  expect(bench.logged).toEqual(["left out, Holdfast's own: docs/img"]);
});

test('refuses to back up a vault into itself', async () => {
  const dump = bench.dump({ context: { ownPaths: [bench.root] } });
  await expect(dump).rejects.toMatchObject({ code: 'SOURCE_IS_OWN' });
});

test.each([
  [{ path: 's3:/bucket' }, /or s3:\/\/bucket\/prefix/],
  [{ path: 'relative' }, /absolute path/],
  [{ exclude: ['!keep'] }, /not negated/],
  [{ include: ['../other'] }, /inside the path/],
  [{ fingerprint: 'rows' }, /checksum/],
])('refuses the source %j', (wrong, reason) => {
  const source = { engine: 'files', path: '/srv', policies: { daily: {} }, ...wrong };
  const { error } = filesSchema.safeParse(source);
  expect(error?.message).toMatch(reason);
});

test('check names the programs and what it read', async () => {
  const findings = await filesEngine.check(bench.context());
  expect(findings.map(({ subject, level }) => [subject, level])).toEqual([
    [bench.root, 'ok'],
    ['tar', 'ok'],
    ['getfattr', 'ok'],
  ]);
  expect(findings[0]?.detail).toBe('12 entries, all readable');
});

test('check says what is wrong with a path and how to mend it', async () => {
  const [finding] = await filesEngine.check(bench.context({ path: '/no/such/place' }));
  expect(finding).toMatchObject({ level: 'error', detail: '/no/such/place does not exist' });
  expect(finding?.fix).toContain('mount');
});

test('a drill restores into a scratch of its own and judges assertions there', async () => {
  const taken = await bench.dump();
  const sha256 = createHash('sha256').update('a.txt').digest('hex');
  const assertions = [
    { path: '.', exists: true, minFiles: 6, minBytes: 40 },
    { path: 'a.txt', exists: true, sha256 },
    { path: 'gone', exists: false },
    { path: 'docs', exists: true, minFiles: 3 },
    { path: 'b.tmp', exists: true, sha256 },
    { path: 'none', exists: true },
  ];
  const drill = { timezone: 'UTC', server: 'scratch', assertions };
  const context = bench.context({ drill });
  const scratch = await filesEngine.openScratch(context, taken.reader);
  const request = { target: scratch.target, only: [], overwrite: false };
  await filesEngine.restore(context, request, taken.reader);
  const results = await filesEngine.assert(context, scratch.target);
  expect(results.map(({ passed }) => passed)).toEqual([true, true, true, false, false, false]);
  expect(results[3]?.detail).toBe('2 files, at least 3 expected');
  await scratch.close();
  expect(existsSync(scratch.target)).toBe(false);
});

test('without a fingerprint nothing is compared, and the report says so', async () => {
  const taken = await bench.dump();
  const manifest = { ...taken.reader.manifest, fingerprint: 'none' as const };
  const request = { target: join(bench.folder, 'restored'), only: [], overwrite: false };
  const set = { ...taken.reader, manifest };
  const { comparison } = await filesEngine.restore(bench.context(), request, set);
  expect(comparison).toEqual({ level: 'none', units: 0, differences: [] });
});

test('an interrupted restore leaves the target alone and nothing beside it', async () => {
  const taken = await bench.dump();
  rmSync(join(bench.root, 'a.txt'));
  const stop = new AbortController();
  const request = { only: [], overwrite: true };
  const context = bench.context(
    {},
    { signal: stop.signal, progress: () => stop.abort(new Error('stop')) },
  );
  await expect(filesEngine.restore(context, request, taken.reader)).rejects.toMatchObject({
    name: 'InterruptedError',
  });
  expect(existsSync(join(bench.root, 'a.txt'))).toBe(false);
  expect(readFileSync(join(bench.root, 'b.tmp'), 'utf8')).toBe('b.tmp');
  expect(readdirSync(bench.folder).filter((name) => name.includes('restore'))).toEqual([]);
});
