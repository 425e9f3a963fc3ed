import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { runCli, runJson, temporaryFolder } from './run-cli.ts';

async function prepared(change: (config: { vault: object }, cwd: string) => void) {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'data'));
  await writeFile(join(cwd, 'data', 'one.txt'), 'one');
  await runCli(['init', '--files', 'data', '--vault', 'vault'], { cwd });
  const file = join(cwd, 'holdfast.yaml');
  const config = parse(await readFile(file, 'utf8'));
  change(config, cwd);
  await writeFile(file, stringify(config));
  return cwd;
}

interface Line {
  readonly name: string;
  readonly level: string;
  readonly detail: string;
}

it('proves the place of the leases too', async () => {
  const cwd = await prepared((config, folder) => {
    Object.assign(config.vault, { leases: { url: `file://${folder}/leases` } });
  });
  const { exitCode, answer } = await runJson(['check'], { cwd });
  expect(exitCode).toBe(0);
  const leases = answer.result.lines.filter(({ name }: Line) => name === 'leases');
  expect(leases.length).toBeGreaterThan(0);
  expect(leases.every(({ level }: Line) => level !== 'error')).toBe(true);
});

it('says that the leases cannot be written', async () => {
  const cwd = await prepared((config, folder) => {
    Object.assign(config.vault, { leases: { url: `file://${folder}/data/one.txt/leases` } });
  });
  const { exitCode, answer } = await runJson(['check'], { cwd });
  expect(exitCode).not.toBe(0);
  const wrong = answer.result.lines.filter(({ level }: Line) => level === 'error');
  expect(wrong.map(({ name }: Line) => name)).toEqual(['leases']);
});

it('says that a directory holds its own vault, which is left out', async () => {
  const cwd = await prepared((config, folder) => {
    Object.assign(config.vault, { primary: { url: `file://${folder}/data/vault` } });
  });
  await runCli(['backup', '--all'], { cwd });
  const { exitCode, answer } = await runJson(['check'], { cwd });
  expect(exitCode).toBe(0);
  const said = answer.result.lines.filter(({ name }: Line) => name === 'data');
  expect(said.map(({ detail }: Line) => detail).join('\n')).toContain(
    "Holdfast's own vault lies in it",
  );
});
