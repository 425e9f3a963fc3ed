import { execFileSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runCli, temporaryFolder } from './run-cli.ts';

const configuration = `vault: { primary: { url: file:///v }, encryption: { key: env:K } }
sources:
  orders: { engine: postgres, connection: env:ORDERS, policies: { daily: {} } }
  uploads: { engine: files, path: /srv, policies: { daily: {} } }
stages: { prod: { deploy: {} }, dev: {} }
`;

async function prepared(): Promise<string> {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'holdfast.yaml'), configuration);
  return cwd;
}

const words = async (cwd: string, ...typed: string[]): Promise<string[]> =>
  (await runCli(['complete', '--', ...typed], { cwd })).stdout
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line) => line.split('\t')[0] ?? '');

it('completes commands, members, sources, options and their values', async () => {
  const cwd = await prepared();
  expect(await words(cwd, 're')).toEqual(expect.arrayContaining(['restore', 'release']));
  expect(await words(cwd, 'keys', '')).toEqual(['list', 'add', 'rotate', 'test']);
  expect(await words(cwd, 'restore', '')).toEqual(['orders', 'uploads']);
  expect(await words(cwd, 'backup', 'orders', 'u')).toEqual(['uploads']);
  expect(await words(cwd, 'restore', '--over')).toEqual(['--overwrite']);
  expect(await words(cwd, 'verify', '--level', '')).toEqual(['checked', 'read']);
  expect(await words(cwd, 'backup', '--stage', '')).toEqual(['prod', 'dev']);
  expect(await words(cwd, 'backup', '--lo')).toEqual(['--local']);
});

it('offers no source where there is no configuration', async () => {
  expect(await words(await temporaryFolder(), 'restore', '')).toEqual([]);
});

it('works in bash', async () => {
  const cwd = await prepared();
  const program = join(cwd, 'holdfast');
  await writeFile(
    program,
    `#!/bin/sh\nexec ${process.execPath} ${resolve('src/cli/holdfast.ts')} "$@"\n`,
  );
  await chmod(program, 0o755);
  const script = `source <(holdfast completion bash)
    COMP_WORDS=(holdfast restore up); COMP_CWORD=2; COMP_LINE='holdfast restore up'; COMP_POINT=19
    _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const environment = { ...process.env, PATH: `${cwd}${delimiter}${process.env['PATH']}` };
  const answer = execFileSync('bash', ['-c', script], { cwd, env: environment, encoding: 'utf8' });
  expect(answer.trim()).toBe('uploads');
});
