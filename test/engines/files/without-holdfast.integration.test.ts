import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkbench, type TakenSet, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

const manual = readFileSync(new URL('../../../docs/engines/files.md', import.meta.url), 'utf8');

/** The blocks of the chapter as a reader would run them, with a directory for TARGET. */
function blocks(language: string): string[] {
  const chapter = manual.slice(manual.indexOf('## Restoring without Holdfast'));
  const fences = chapter.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'));
  return [...fences].map(([, code]) => code ?? '');
}

function unpack(taken: TakenSet, script: string, target: string): void {
  for (const name of ['archive', 'index']) {
    const plain = join(bench.folder, name);
    writeFileSync(plain, taken.set.contents.get(name) ?? '');
    execFileSync('zstd', ['-q', '-f', '--rm', plain, '-o', `${plain}.zst`]);
  }
  const code = script.replaceAll('TARGET', target);
  execFileSync('bash', ['-eo', 'pipefail', '-c', code], { cwd: bench.folder });
}

const listing = (folder: string): string[] =>
  execFileSync('find', ['.', '-printf', '%P|%y|%m|%U:%G|%T@|%n|%l\\n'], {
    cwd: folder,
    encoding: 'latin1',
  })
    .split('\n')
    .sort();

test('the manual restores a chain, deletions and changed types included', async () => {
  const at = (name: string) => join(bench.root, name);
  for (const name of ['a', 'b', 'was-folder/x', 'kept/deep'])
    mkdirSync(at(name), { recursive: true });
  for (const name of ['a/1', 'a/2', 'b/3', 'was-folder/x/y', 'kept/deep/4', 'was-file']) {
    writeFileSync(at(name), name);
  }
  writeFileSync(Buffer.concat([Buffer.from(`${bench.root}/`), Buffer.from([0xe9])]), 'not UTF-8');
  symlinkSync('a', at('was-link'));
  await sleep(80);
  const full = await bench.dump();
  rmSync(at('a/1'));
  rmSync(at('was-folder'), { recursive: true });
  writeFileSync(at('was-folder'), 'a file now');
  rmSync(at('was-file'));
  mkdirSync(at('was-file'));
  rmSync(at('was-link'));
  mkdirSync(at('was-link'));
  linkSync(at('b/3'), at('a/linked'));
  await sleep(80);
  const second = await bench.dump({ parent: full });
  renameSync(at('b'), at('c'));
  writeFileSync(at('was-file/5'), 'five');
  const third = await bench.dump({ parent: second });

  const [extract = '', chain = ''] = blocks('sh');
  writeFileSync(join(bench.folder, 'prune.py'), blocks('python')[0] ?? '');
  const target = join(bench.folder, 'by-hand');
  mkdirSync(target);
  unpack(full, extract, target);
  for (const taken of [second, third]) unpack(taken, chain, target);
  expect(listing(target)).toEqual(listing(bench.root));
  execFileSync('diff', ['-r', '--no-dereference', bench.root, target]);
});
