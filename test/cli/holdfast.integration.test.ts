import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, runJson, temporaryFolder } from './run-cli.ts';

describe('holdfast --help', () => {
  it('answers within 0.3 s of processor time, whatever else the machine does', async () => {
    const cwd = await temporaryFolder();
    expect((await runCli(['--help'], { cwd })).stdout).toContain('restore');
    const script = '"$0" "$1" --help >/dev/null; times';
    const words = ['-c', script, process.execPath, resolve('src/cli/holdfast.ts')];
    const [, children = ''] = execFileSync('bash', words, { encoding: 'utf8' }).split('\n');
    const seconds = [...children.matchAll(/0m([\d.]+)s/g)].map(([, text]) => Number(text));
    expect(seconds).toHaveLength(2);
    expect(seconds.reduce((sum, each) => sum + each, 0)).toBeLessThan(0.3);
  });

  it('loads no SDK', async () => {
    const cwd = await temporaryFolder();
    const environment = { NODE_DEBUG: 'esm' };
    const { stderr } = await runCli(['--help'], { cwd, environment });
    expect(stderr).toContain('main.ts');
    expect(stderr).not.toMatch(/@aws-sdk|\/zod\/|\/pg\//);
  });

  it('shows examples for every command', async () => {
    const cwd = await temporaryFolder();
    const { stdout } = await runCli(['restore', '--help'], { cwd });
    expect(stdout).toMatch(/Examples:\n {2}# .+\n {2}holdfast restore orders/);
    expect((await runCli(['--help', 'restore'], { cwd })).stdout).toBe(stdout);
    expect((await runCli(['help', 'restore'], { cwd })).stdout).toBe(stdout);
  });
});

describe('what is not understood', () => {
  it.each([
    [['bakup'], 'there is no "bakup"', 'Did you mean `holdfast backup`?'],
    [['restore', '--overwite'], "unknown option '--overwite'", 'Did you mean --overwrite?'],
    [['list', '--nonsense'], "unknown option '--nonsense'", '--help'],
    [['verify', '--level', 'deep', '--all'], 'Allowed choices are checked, read', '--help'],
    [['show'], "missing required argument 'backup'", '--help'],
  ])('ends %j with exit 2 and the nearest word', async (words, message, hint) => {
    const ran = await runCli(words, { cwd: await temporaryFolder() });
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toMatch(/^error: .+\n {2}next: /);
    expect(ran.stderr).toContain(hint);
    expect(ran.stderr).not.toContain('    at ');
  });

  it('says in JSON what it says in words', async () => {
    const { exitCode, answer } = await runJson(['bakup'], { cwd: await temporaryFolder() });
    expect(exitCode).toBe(2);
    expect(answer).toMatchObject({ command: null, ok: false, exitCode: 2, result: null });
    expect(answer.error).toMatchObject({ code: 'VERB_UNKNOWN' });
  });

  it('shows help and exits 2 without any word', async () => {
    const ran = await runCli([], { cwd: await temporaryFolder() });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain('Usage: holdfast');
  });
});

describe('the configuration', () => {
  const text = 'vault: { primary: { url: file:///v }, encryption: { key: env:K } }\nsources: {}\n';

  it('is found upwards, or by --config before or after the verb, or by HOLDFAST_CONFIG', async () => {
    const cwd = await temporaryFolder();
    const inner = join(cwd, 'a', 'b');
    await mkdir(inner, { recursive: true });
    await writeFile(join(cwd, 'holdfast.yaml'), text);
    await writeFile(join(inner, 'other.yaml'), text);
    const file = async (words: string[], environment = {}) =>
      (await runJson(['check', '--offline', ...words], { cwd: inner, environment })).answer.result
        .file;
    expect(await file([])).toBe(join(cwd, 'holdfast.yaml'));
    expect(await file(['--config', 'other.yaml'])).toBe(join(inner, 'other.yaml'));
    expect(await file([], { HOLDFAST_CONFIG: 'other.yaml' })).toBe(join(inner, 'other.yaml'));
    const before = await runJson(['--config', 'other.yaml', 'check', '--offline'], { cwd: inner });
    expect(before.answer.result.file).toBe(join(inner, 'other.yaml'));
  });

  it('that is wrong ends with exit 2 and every problem by line and column', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'holdfast.yaml'), text.replace('primary', 'primry'));
    const { exitCode, answer, stderr } = await runJson(['list'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toBe('');
    expect(answer.error.problems).toContainEqual(
      expect.objectContaining({ path: 'vault.primry', line: 1, column: 10 }),
    );
  });

  it('that is missing is asked for', async () => {
    const ran = await runCli(['status'], { cwd: await temporaryFolder() });
    expect(ran).toMatchObject({ exitCode: 2 });
    expect(ran.stderr).toContain('configuration not found: no holdfast.yaml in');
  });
});

it('ends quietly when the reader of its output goes away', async () => {
  const cwd = await temporaryFolder();
  const ran = await runCli(['config', 'schema'], {
    cwd,
    during: (child) => child.stdout?.destroy(),
  });
  expect(ran.stderr).not.toContain('EPIPE');
});
