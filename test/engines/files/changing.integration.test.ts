import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { asRoot, growDeep } from './torture-tree.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
let writer: ChildProcess | undefined;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => {
  writer?.kill('SIGKILL');
  writer = undefined;
  bench.close();
});

const at = (name: string): string => join(bench.root, name);

/** A process that does `script` to the file for ever; it has begun when this resolves. */
async function startWriter(script: string, file: string): Promise<void> {
  const source = `const file = process.argv[1]; let n = 0;
    const step = () => { ${script}; n++; if (n === 1) console.log('begun'); setImmediate(step); };
    step();`;
  writer = spawn(process.execPath, ['-e', source, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (writer.stdout) await once(writer.stdout, 'data');
}

async function restoreAll(taken: Awaited<ReturnType<Workbench['dump']>>): Promise<string> {
  const target = join(bench.folder, 'restored');
  const request = { target, only: [], overwrite: false };
  const { comparison } = await filesEngine.restore(bench.context(), request, taken.reader);
  expect(comparison.differences).toEqual([]);
  return target;
}

test.each([
  ['grows', 'fs.appendFileSync(file, "x".repeat(1000))'],
  [
    'is written in place',
    'fs.writeSync((globalThis.fd ??= fs.openSync(file, "r+")), String(n), 0)',
  ],
  ['shrinks and grows', 'fs.truncateSync(file, n % 2 ? 30e6 : 60e6)'],
])(
  'a file that %s during every attempt makes the set partial, never unreadable',
  async (_, script) => {
    writeFileSync(at('busy'), Buffer.alloc(60_000_000, 'busy'));
    writeFileSync(at('quiet'), 'quiet');
    await startWriter(script, at('busy'));
    const taken = await bench.dump();
    writer?.kill('SIGKILL');
    expect(taken.summary.partialReasons).toEqual([
      'busy: changed while it was read, at every attempt',
    ]);
    await filesEngine.read(bench.context(), taken.reader);
    const target = await restoreAll(taken);
    expect(readFileSync(join(target, 'quiet'), 'utf8')).toBe('quiet');
    expect(statSync(join(target, 'busy')).size).toBeGreaterThan(1_000_000);
  },
);

test('a file that is replaced now and then is read again until it holds still', async () => {
  const replace = `fs.writeFileSync(file + '.new', String(n).repeat(200000));
    fs.renameSync(file + '.new', file); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)`;
  writeFileSync(at('saved'), 'first');
  await startWriter(replace, at('saved'));
  const taken = await bench.dump({ source: { exclude: ['*.new'] } });
  expect(taken.summary.partialReasons).toEqual([]);
  const target = await restoreAll(taken);
  expect(readFileSync(join(target, 'saved'), 'utf8')).toMatch(/^(\d+)\1{100}/);
});

test('files that vanish while the tree is read are noted, and the set is whole', async () => {
  for (let i = 0; i < 3000; i++) writeFileSync(at(`file-${String(i).padStart(4, '0')}`), 'x');
  const remove = `const name = file + '/file-' + String(2999 - n).padStart(4, '0');
    fs.rmSync(name, { force: true })`;
  writeFileSync(at('a-large-one'), Buffer.alloc(50_000_000, 1));
  const dumped = bench.dump();
  await startWriter(remove, bench.root);
  const taken = await dumped;
  expect(taken.summary.partialReasons).toEqual([]);
  const target = await restoreAll(taken);
  expect(existsSync(join(target, 'a-large-one'))).toBe(true);
});

test('what cannot be read makes the set partial, each with its reason', async () => {
  growDeep(bench.root, 42);
  mkdirSync(at('closed'));
  writeFileSync(at('closed/inside'), 'never seen');
  writeFileSync(at('secret'), 'never read');
  writeFileSync(at('open'), 'open');
  chmodSync(at('closed'), 0);
  chmodSync(at('secret'), 0);
  const context = asRoot ? { helper: unprivileged } : {};
  const taken = await bench.dump({ context });
  expect(taken.summary.partialReasons.slice(0, 2)).toEqual([
    'closed: unreadable: EACCES',
    expect.stringMatching(/^deep.*: a path of more than 4094 bytes is not stored$/),
  ]);
  expect(taken.summary.partialReasons.slice(2)).toEqual(['secret: unreadable: EACCES']);
  chmodSync(at('secret'), 0o600);
  const target = await restoreAll(taken);
  expect(readFileSync(join(target, 'open'), 'utf8')).toBe('open');
  expect(existsSync(join(target, 'secret'))).toBe(false);
  execFileSync('rm', ['-rf', bench.root]);
});

/** Root reads everything: the archive program runs without that privilege. */
const unprivileged = (name: string): readonly [string, ...string[]] => {
  const program = bench.context().helper(name);
  const privileges = '--bounding-set=-dac_override,-dac_read_search';
  return name === 'files-archive' ? ['setpriv', privileges, ...program] : program;
};

test('a source that cannot be read at all is an error, not an empty set', async () => {
  await expect(bench.dump({ source: { path: at('absent') } })).rejects.toMatchObject({
    name: 'SourceError',
    code: 'SOURCE_MISSING',
  });
  writeFileSync(at('file'), '');
  await expect(bench.dump({ source: { path: at('file') } })).rejects.toMatchObject({
    code: 'SOURCE_NOT_DIRECTORY',
  });
  rmSync(at('file'));
});
