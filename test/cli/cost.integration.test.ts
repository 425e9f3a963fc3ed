import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, runJson, temporaryFolder } from './run-cli.ts';

async function prepared() {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'data'));
  await writeFile(join(cwd, 'data', 'one.bin'), randomBytes(300_000));
  await runCli(['init', '--files', 'data', '--vault', 'vault'], { cwd });
  return cwd;
}

describe('cost', () => {
  it('forecasts from the configuration alone, and says what it assumes', async () => {
    const cwd = await prepared();
    const { exitCode, answer } = await runJson(['cost'], { cwd });
    expect(exitCode).toBe(0);
    expect(answer.result.sources).toMatchObject([
      { source: 'data', policies: [{ basis: 'assumed', fullBytes: 10 * 1024 ** 3 }] },
    ]);
    expect(answer.result.assumptions[0]).toContain('data: no whole backup to measure yet');
    expect(answer.result.inTwelveMonths).toBeNull();
  });

  it('measures the sets there are', async () => {
    const cwd = await prepared();
    await runCli(['backup', '--all'], { cwd });
    const { answer } = await runJson(['cost'], { cwd });
    const [source] = answer.result.sources;
    expect(source.policies[0].basis).toBe('measured');
    expect(source.policies[0].fullBytes).toBeGreaterThan(300_000);
    expect(source.policies[0].fullBytes).toBeLessThan(400_000);
    expect(answer.result.dollars).toBeGreaterThan(answer.result.common.dollars);
  });

  it('says what another retention saves, and what it costs', async () => {
    const cwd = await prepared();
    const change = async (rules: string) =>
      (await runJson(['cost', '--keep', rules], { cwd })).answer.result.change.difference;
    expect(await change('last=3')).toBeLessThan(0);
    expect(await change('daily=400')).toBeGreaterThan(0);
    const { stdout } = await runCli(['cost', '--keep', 'last=3'], { cwd });
    expect(stdout).toMatch(/It saves \$\d/);
  });

  it('works for a bucket that nobody here can reach', async () => {
    const cwd = await temporaryFolder();
    await copyFile(resolve('examples/aws-with-copies.yaml'), join(cwd, 'holdfast.yaml'));
    const words = ['cost', '--offline', '--size', 'orders=40GiB', '--tier', 'GLACIER_IR=30'];
    const { answer, exitCode } = await runJson(words, { cwd });
    expect(exitCode).toBe(0);
    const storage = answer.result.sources[0].lines.filter(
      ({ item }: { item: string }) => item === 'storage',
    );
    expect(storage.map(({ detail }: { detail: string }) => detail).toSorted()).toEqual([
      'GLACIER_IR at primary',
      'STANDARD at primary',
      'STANDARD at west',
    ]);
  });

  it.each([
    ['--keep', 'dayly=3'],
    ['--size', '40GB'],
    ['--tier', 'STANDARD=1'],
  ])('refuses %s %s before it opens anything', async (option, value) => {
    const { exitCode, answer } = await runJson(['cost', option, value], { cwd: '/' });
    expect(exitCode).toBe(2);
    expect(answer.error.code).toBe('OPTION_INVALID');
  });
});
