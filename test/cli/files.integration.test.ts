import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { growDeep } from '../engines/files/torture-tree.ts';
import { runCli, runJson, temporaryFolder } from './run-cli.ts';

/** A directory with a configuration that `init` wrote for it. */
async function prepared() {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'data', 'sub'), { recursive: true });
  await writeFile(join(cwd, 'data', 'one.txt'), 'one');
  await writeFile(join(cwd, 'data', 'sub', 'two.txt'), 'two'.repeat(100_000));
  const init = await runJson(['init', '--files', 'data', '--vault', 'vault'], { cwd });
  expect(init.exitCode).toBe(0);
  return { cwd, init: init.answer.result };
}

describe('init', () => {
  it('writes a key that only its owner reads, and overwrites nothing', async () => {
    const { cwd, init } = await prepared();
    expect(init).toMatchObject({ sources: ['data'], key: { created: true } });
    expect(statSync(join(cwd, '.holdfast', 'key')).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(init.key.file, 'utf8'), 'base64')).toHaveLength(32);
    const key = readFileSync(init.key.file);
    const again = await runCli(['init', '--files', 'data'], { cwd });
    expect(again.exitCode).toBe(2);
    await rm(join(cwd, 'holdfast.yaml'));
    await runCli(['init', '--files', 'data'], { cwd });
    expect(readFileSync(init.key.file)).toEqual(key);
  });

  it('keeps .holdfast/ out of git', async () => {
    const cwd = await temporaryFolder();
    execFileSync('git', ['init', '-q'], { cwd });
    await mkdir(join(cwd, 'data'));
    await writeFile(join(cwd, '.gitignore'), 'node_modules');
    await runCli(['init', '--files', 'data', '--vault', '/var/v'], { cwd });
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules\n.holdfast/\n');
  });

  it('puts a password where only its owner reads it', async () => {
    const cwd = await temporaryFolder();
    const url = 'postgres://me:hunter2@127.0.0.1:1/orders';
    const ran = await runCli(['init', '--postgres', url, '--vault', '/var/v'], { cwd });
    expect(ran.exitCode).toBe(0);
    const file = join(cwd, '.holdfast', 'secrets', 'orders-url');
    expect(readFileSync(file, 'utf8')).toBe(`${url}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      readFileSync(join(cwd, 'holdfast.yaml'), 'utf8') + ran.stdout + ran.stderr,
    ).not.toContain('hunter2');
  });
});

describe('the main job on a directory', () => {
  it('backs up, lists, verifies, restores, drills, holds and prunes', async () => {
    const { cwd } = await prepared();
    expect((await runCli(['check'], { cwd })).exitCode).toBe(0);
    expect(existsSync(join(cwd, 'vault', 'vault.json'))).toBe(false);

    const first = await runJson(['backup', '--all'], { cwd });
    const [made] = first.answer.result.backups;
    expect(made).toMatchObject({
      source: 'data',
      outcome: 'good',
      set: { files: 2, proof: 'checked', method: 'full' },
    });
    await writeFile(join(cwd, 'data', 'three.txt'), 'three');
    const second = (await runJson(['--policy', 'daily', 'backup', 'data'], { cwd })).answer.result
      .backups[0];
    expect(second.set).toMatchObject({ method: 'incremental', parent: made.set.id, files: 3 });

    const { backups } = (await runJson(['list'], { cwd })).answer.result;
    expect(backups.map(({ id }: { id: string }) => id)).toEqual([second.set.id, made.set.id]);
    const shown = await runCli(['show', made.set.id], { cwd });
    expect(shown.stdout).toContain('checked, not restored yet');

    const verified = await runJson(['verify', '--all', '--level', 'read'], { cwd });
    expect(verified.answer.result.verified).toHaveLength(2);
    expect(verified.exitCode).toBe(0);

    const full = await runCli(['restore', 'data'], { cwd });
    expect(full.exitCode).toBe(1);
    expect(full.stderr).toContain('--overwrite');
    const target = join(cwd, 'restored');
    const restored = await runJson(['restore', 'data', '--at', made.set.id, '--to', 'restored'], {
      cwd,
    });
    expect(restored.answer.result.restores[0].restored).toMatchObject({
      target,
      comparison: { level: 'checksum' },
    });
    expect((await readdir(target)).sort()).toEqual(['one.txt', 'sub']);
    expect(readFileSync(join(target, 'sub', 'two.txt'), 'utf8')).toBe('two'.repeat(100_000));

    await rm(join(cwd, 'data', 'one.txt'));
    const dry = await runCli(['restore', '--overwrite', '--dry-run', 'data'], { cwd });
    expect(dry.stdout).toContain('nothing was touched');
    expect(existsSync(join(cwd, 'data', 'one.txt'))).toBe(false);
    expect((await runCli(['restore', '--all', '--overwrite'], { cwd })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'data', 'one.txt'), 'utf8')).toBe('one');

    const drill = (await runJson(['drill', 'data'], { cwd })).answer.result.drills[0];
    expect(drill).toMatchObject({
      outcome: 'proven',
      drill: { backupId: second.set.id, proven: true },
    });
    const status = (await runJson(['status'], { cwd })).answer.result.sources[0];
    expect(status).toMatchObject({ stale: false, sets: 2, lastDrilled: { id: second.set.id } });

    expect((await runCli(['hold', made.set.id], { cwd })).exitCode).toBe(2);
    expect((await runCli(['hold', made.set.id, '--reason', 'audit'], { cwd })).exitCode).toBe(0);
    const pruned = (await runJson(['prune', '--dry-run'], { cwd })).answer.result.decisions;
    const held = pruned.find(({ backup }: { backup: string }) => backup === made.set.id);
    expect(held).toMatchObject({
      decision: 'keep',
      reasons: expect.arrayContaining(['held: audit']),
    });
    expect((await runCli(['release', made.set.id, '--reason', 'done'], { cwd })).exitCode).toBe(0);

    const history = await runJson(['executions'], { cwd });
    const [newest] = history.answer.result.executions;
    expect(newest).toMatchObject({ machine: 'drill', source: 'data', status: 'SUCCEEDED' });
    const story = await runCli(['executions', 'show', newest.id], { cwd });
    expect(story.stdout).toContain('ExecutionSucceeded');
  });

  it('calls a backup that lacks something partial, exit 3, and never the latest', async () => {
    const { cwd } = await prepared();
    const good = (await runJson(['backup'], { cwd })).answer.result.backups[0].set.id;
    growDeep(join(cwd, 'data'), 42);
    onTestFinished(() => void execFileSync('rm', ['-rf', join(cwd, 'data')]));
    const { exitCode, answer } = await runJson(['backup'], { cwd });
    const [made] = answer.result.backups;
    expect({ exitCode, outcome: made.outcome }).toEqual({ exitCode: 3, outcome: 'partial' });
    expect(made.partialReasons.join()).toContain('is not stored');
    const restored = await runJson(['restore', 'data', '--to', 'out'], { cwd });
    expect(restored.answer.result.restores[0].backup).toBe(good);
  });
});

describe('exit codes', () => {
  it('10 without a vault, and none is made', async () => {
    const { cwd } = await prepared();
    for (const words of [
      ['list'],
      ['status'],
      ['verify', '--all'],
      ['restore', 'data'],
      ['prune'],
    ]) {
      expect((await runJson(words, { cwd })).answer).toMatchObject({
        exitCode: 10,
        error: { code: 'VAULT_MISSING' },
      });
    }
    expect(existsSync(join(cwd, 'vault'))).toBe(false);
  });

  it('12 with another key', async () => {
    const { cwd } = await prepared();
    await runCli(['backup'], { cwd });
    await writeFile(join(cwd, '.holdfast', 'key'), Buffer.alloc(32, 1).toString('base64'));
    for (const words of [['backup'], ['restore', 'data', '--to', 'x'], ['drill'], ['check']]) {
      expect((await runCli(words, { cwd })).exitCode).toBe(12);
    }
  });

  it('13 for a flipped byte, named by object', async () => {
    const { cwd } = await prepared();
    const { set } = (await runJson(['backup'], { cwd })).answer.result.backups[0];
    const object = join(cwd, 'vault', 'data', 'data', set.id, 'archive.0');
    const bytes = readFileSync(object);
    bytes.writeUInt8(bytes.readUInt8(300) ^ 1, 300);
    await chmod(object, 0o600);
    await writeFile(object, bytes);
    const { exitCode, answer } = await runJson(['verify', '--all'], { cwd });
    expect(exitCode).toBe(13);
    expect(answer.error.message).toContain(`data/data/${set.id}/archive.0`);
    expect((await runJson(['list'], { cwd })).answer.result.backups[0].proof).toBe('failed');
  });

  it('14 when a source is stale', async () => {
    const { cwd } = await prepared();
    await runCli(['backup'], { cwd });
    const file = join(cwd, 'holdfast.yaml');
    await writeFile(file, readFileSync(file, 'utf8').replace('rpo: 26h', 'rpo: 0s'));
    await delay(2000);
    const { exitCode, answer } = await runJson(['status'], { cwd });
    expect(exitCode).toBe(14);
    expect(answer.result.sources[0].stale).toBe(true);
  });
});
