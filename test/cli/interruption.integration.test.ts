import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Ran, runCli, runJson, temporaryFolder } from './run-cli.ts';

/** A backup of it takes about ten seconds. */
async function slowWorld(): Promise<string> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'data'));
  await writeFile(join(cwd, 'data', 'big'), randomBytes(10 * 1024 * 1024));
  await runCli(['init', '--files', 'data', '--vault', 'vault'], { cwd });
  await appendFile(join(cwd, 'holdfast.yaml'), '\nlimits: { uploadMiBPerSecond: 1 }\n');
  return cwd;
}

async function begin(cwd: string): Promise<{ child: ChildProcess; ended: Promise<Ran> }> {
  const started = Promise.withResolvers<ChildProcess>();
  const ended = runCli(['backup'], { cwd, during: started.resolve });
  const child = await started.promise;
  await dumping(cwd);
  return { child, ended };
}

/** Returns when the task of the dump runs. */
async function dumping(cwd: string): Promise<void> {
  for (;;) {
    const { executions } = (await runJson(['executions'], { cwd })).answer.result;
    const [running] = executions;
    if (running?.status === 'RUNNING') {
      const { history } = (await runJson(['executions', 'show', running.id], { cwd })).answer
        .result;
      const isDump = history.some(
        ({ details }: { details: { name?: string } | null }) => details?.name === 'Dump',
      );
      if (isDump) return delay(1000);
    }
    await delay(100);
  }
}

const statusesOf = async (cwd: string): Promise<string[]> =>
  (await runJson(['executions'], { cwd })).answer.result.executions.map(
    ({ status }: { status: string }) => status,
  );

describe('a backup under way', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s with exit 130', async (signal) => {
    const cwd = await slowWorld();
    const { child, ended } = await begin(cwd);
    child.kill(signal);
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(130);
    expect(stderr).toContain(`interrupted by ${signal}`);
    expect(await statusesOf(cwd)).toEqual(['ABORTED']);
    const { backups } = (await runJson(['list'], { cwd })).answer.result;
    expect(backups).toEqual([]);
  });

  it('holds the source: a second one ends with exit 11', async () => {
    const cwd = await slowWorld();
    const { child, ended } = await begin(cwd);
    const second = await runJson(['backup'], { cwd });
    expect(second.exitCode).toBe(11);
    expect(second.answer.error.code).toBe('LEASE_HELD');
    child.kill('SIGINT');
    expect((await ended).exitCode).toBe(130);
  });

  it('is stopped from another process by its id', async () => {
    const cwd = await slowWorld();
    const { ended } = await begin(cwd);
    const [running] = (await runJson(['executions'], { cwd })).answer.result.executions;
    const stopped = await runCli(['executions', 'stop', running.id, '--cause', 'by hand'], { cwd });
    expect(stopped.stdout).toContain('ABORTED');
    expect((await ended).stderr).toContain('by hand');
  });
});

describe('a backup whose process was killed', () => {
  it('is marked aborted by the next one, which starts afresh', async () => {
    const cwd = await slowWorld();
    const { child, ended } = await begin(cwd);
    child.kill('SIGKILL');
    await ended;
    const next = await runJson(['backup'], { cwd });
    expect(next.exitCode).toBe(0);
    expect(await statusesOf(cwd)).toEqual(['SUCCEEDED', 'ABORTED']);
    expect((await runJson(['list'], { cwd })).answer.result.backups).toHaveLength(1);
  });

  it('is gone on with by `executions resume`', async () => {
    const cwd = await slowWorld();
    const { child, ended } = await begin(cwd);
    child.kill('SIGKILL');
    await ended;
    const resumed = await runJson(['executions', 'resume'], { cwd });
    expect(resumed.answer.result.executions).toMatchObject([{ status: 'SUCCEEDED', resumes: 1 }]);
    expect((await runJson(['list'], { cwd })).answer.result.backups).toHaveLength(1);
    const again = await runCli(['executions', 'resume'], { cwd });
    expect(again.stdout).toContain('Nothing to resume');
  });
});

describe('serve', () => {
  it('runs a schedule, answers /health and /metrics, and ends with exit 0 on SIGTERM', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'data'));
    await runCli(['init', '--files', 'data', '--vault', 'vault'], { cwd });
    await runCli(['backup'], { cwd });
    const port = Promise.withResolvers<number>();
    const started = Promise.withResolvers<ChildProcess>();
    const ended = runCli(['serve', '--port', '0'], {
      cwd,
      during: (child) => {
        started.resolve(child);
        child.stderr?.on('data', (text: Buffer) => {
          const found = /127\.0\.0\.1:(\d+)\/health/.exec(text.toString());
          if (found) port.resolve(Number(found[1]));
        });
      },
    });
    const root = `http://127.0.0.1:${await port.promise}`;
    const health = await fetch(`${root}/health`);
    expect(await health.json()).toMatchObject({ checks: { vault: { ok: true } } });
    const metrics = await (await fetch(`${root}/metrics`)).text();
    expect(metrics).toContain('holdfast_backup_sets{source="data"} 1');
    (await started.promise).kill('SIGTERM');
    expect((await ended).exitCode).toBe(0);
  });
});
