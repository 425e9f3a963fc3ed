/** `--stage` with `deploy:`: the same words, the work in Step Functions of an emulator. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeDocument } from '../../src/pipeline/vault/documents.ts';
import { createSmallStack, environmentOf } from '../cloud/small-stack.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';
import { clientOf, createBucket } from '../storage/s3/buckets.ts';
import { type RunOptions, runCli, runJson } from './run-cli.ts';

let server: S3Server;
let bucket: string;
let options: RunOptions;

beforeAll(async () => {
  server = await startMinistack();
  await createSmallStack(server, 'prod');
  bucket = await createBucket(server, 'versioned');
  const cwd = await mkdtemp(join(tmpdir(), 'holdfast-deployed-'));
  const folders = ['shop', 'fails', 'waits'].map((name) => join(cwd, name));
  for (const folder of folders) {
    await mkdir(folder);
    await writeFile(join(folder, 'a.txt'), 'kept');
  }
  const source = (name: string) =>
    `  ${name}: { engine: files, path: ${cwd}/${name}, policies: { daily: { keep: { last: 9 } } } }\n`;
  const yaml = [
    'vault:\n',
    `  primary: { url: s3://${bucket}/vault, region: us-east-1, endpoint: ${server.endpoint}, pathStyle: true }\n`,
    '  encryption: { key: env:HOLDFAST_KEY }\n',
    'sources:\n',
    ...['shop', 'fails', 'waits'].map(source),
    'stages:\n  prod: { deploy: {} }\n  gone: { deploy: {} }\n  here: {}\n',
  ];
  await writeFile(join(cwd, 'holdfast.yaml'), yaml.join(''));
  const environment = {
    ...environmentOf(server),
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
  };
  options = { cwd, environment };
});
afterAll(async () => {
  await server?.stop();
  if (options !== undefined) await rm(options.cwd, { recursive: true, force: true });
});

const prod = (...words: string[]) => runJson(['--stage', 'prod', ...words], options);

/** The name of the one that runs, once there is one. */
async function runningExecution(): Promise<string> {
  const names = async () => {
    const { answer } = await prod('executions', 'list', '--status', 'RUNNING');
    return answer.result.executions.map(({ id }: { id: string }) => id) as string[];
  };
  await expect.poll(names, { timeout: 30_000 }).toHaveLength(1);
  const [name = ''] = await names();
  return name;
}

/** What a task leaves in the vault when it fails. */
async function leaveNote(execution: string, report: object): Promise<void> {
  const client = clientOf(server);
  const Key = `vault/results/${execution}/dump.json`;
  const Body = encodeDocument({ error: report });
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  client.destroy();
}

describe('before the deployment did anything', () => {
  it('--local backs up from this machine into the same vault, and every verb that reads sees it', async () => {
    const made = await prod('--local', 'backup', 'shop');
    expect(made.answer).toMatchObject({ ok: true, exitCode: 0 });
    const { id } = made.answer.result.backups[0].set;
    expect((await prod('list')).answer.result.backups[0]).toMatchObject({ id });
    expect((await prod('show', id)).answer.result.set).toMatchObject({ id });
    expect((await prod('status', 'shop')).answer.result.sources[0].lastGood).toMatchObject({ id });
    expect((await prod('executions')).answer.result.executions).toEqual([]);
    const local = await prod('--local', 'executions');
    expect(local.answer.result.executions[0]).toMatchObject({ machine: 'backup' });
  });
});

describe('with --stage of a deployment', () => {
  it('backup starts an execution there and tells its states and its page', async () => {
    const { exitCode, stdout, stderr } = await runCli(
      ['--stage', 'prod', 'backup', 'shop'],
      options,
    );
    expect(stdout).toBe('shop: skipped: another run has taken this scheduled time\n');
    expect(stderr).toMatch(
      /^shop: backing up\nshop: backup-\S+ has begun: https:\/\/us-east-1\.console/,
    );
    expect(exitCode).toBe(0);
    const { answer } = await prod('executions', 'list', '--machine', 'backup');
    const [newest] = answer.result.executions;
    expect(newest).toMatchObject({
      source: 'shop',
      status: 'SUCCEEDED',
      input: { source: 'shop' },
    });
    expect(newest.link).toContain(`:execution:holdfast-prod-backup:${newest.id}`);
    const shown = await prod('executions', 'show', newest.id);
    expect(shown.answer.result.history.at(-1)).toMatchObject({ type: 'ExecutionSucceeded' });
    const text = await runCli(['--stage', 'prod', 'executions', 'show', newest.id], options);
    expect(text.stdout).toContain('ChoiceStateEntered');
  });

  it('check looks at the stack, its state machines and the vault', async () => {
    const { exitCode, answer } = await prod('check');
    const seen = answer.result.lines.map(({ area, subject, level }: Record<string, string>) =>
      [level, area, subject].join(' '),
    );
    expect(seen).toEqual([
      'ok configuration file',
      'ok deployment stack',
      ...['backup', 'restore', 'drill', 'verify', 'retain', 'health'].map(
        (name) => `ok deployment ${name}`,
      ),
      'error deployment deployment',
      'ok vault vault',
    ]);
    expect(answer.result.lines.at(-2).detail).toContain('has no output ScheduledMachineArn');
    expect(exitCode).toBe(2);
  });

  it('takes the policy as the console does', async () => {
    await prod('backup', 'shop', '--policy', 'daily');
    const { answer } = await prod('executions', 'list', '--limit', '1');
    expect(answer.result.executions[0].input).toEqual({ source: 'shop', policy: 'daily' });
  });

  it('a task that fails ends with an exit status and what is known', async () => {
    const { exitCode, answer } = await prod('backup', 'fails');
    expect(exitCode).toBe(1);
    expect(answer.error).toMatchObject({
      code: 'STATES_TASK_FAILED',
      message: 'the task exited 1: x',
    });
    expect(answer.result.backups[0]).toMatchObject({ outcome: 'failed', source: 'fails' });
  });

  it('what the failed task left in the vault is the report, as on one machine', async () => {
    const report = {
      name: 'SourceError',
      code: 'SOURCE_UNREACHABLE',
      message: 'connecting to fails failed: connection refused',
      hint: 'Start the server.',
      exitCode: 1,
      retryable: false,
    };
    const left: Promise<void>[] = [];
    const ran = await runCli(['--stage', 'prod', 'backup', 'fails'], {
      ...options,
      during: (child) =>
        child.stderr?.on('data', (bytes: Buffer) => {
          const [, id] = /(backup-\S+) has begun/.exec(bytes.toString()) ?? [];
          if (id !== undefined) left.push(leaveNote(id, report));
        }),
    });
    await Promise.all(left);
    expect(left).toHaveLength(1);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(
      'fails: Dump\nerror: fails: connecting to fails failed: connection refused\n  next: Start the server.\n',
    );
  });

  it('restore and drill name the set that they mean, and need no key here', async () => {
    const { HOLDFAST_KEY: _, ...environment } = options.environment ?? {};
    const keyless = { ...options, environment: { ...environment, HOLDFAST_KEY: '' } };
    const run = (...words: string[]) => runJson(['--stage', 'prod', ...words], keyless);
    const restored = await run('restore', 'shop', '--overwrite');
    expect(restored.answer).toMatchObject({ ok: true, error: null });
    expect((await run('drill', 'shop')).answer.ok).toBe(true);
    expect((await run('verify', 'shop', '--level', 'read')).answer.ok).toBe(true);
    const { answer } = await run('executions');
    const machines = answer.result.executions.map(({ machine }: { machine: string }) => machine);
    expect(machines.slice(0, 3)).toEqual(['verify', 'drill', 'restore']);
    expect(answer.result.executions[2].input).toMatchObject({
      source: 'shop',
      at: expect.stringMatching(/^\d{8}T\d{6}Z-daily-/),
      overwrite: true,
    });
  });

  it.each([
    [['restore', 'shop', '--to', 'here'], 'TARGET_ELSEWHERE'],
    [['restore', 'shop', '--to', 'postgres://me:secret@db/x'], 'TARGET_ELSEWHERE'],
    [['restore', 'shop', '--private-key', 'escrow.pem'], 'STAGE_DEPLOYED'],
    [['executions', 'resume'], 'STAGE_DEPLOYED'],
    [['serve'], 'STAGE_DEPLOYED'],
    [['executions', 'show', 'nothing'], 'EXECUTION_NOT_FOUND'],
    [['executions', 'stop', 'nothing'], 'EXECUTION_NOT_FOUND'],
  ])('%j is refused: %s', async (words, code) => {
    const { exitCode, stdout, answer } = await prod(...words);
    expect(answer.error).toMatchObject({ code });
    expect(exitCode).toBe(2);
    expect(stdout).not.toContain('secret@');
  });

  it('executions stop ends one', async () => {
    const waiting = runCli(['--stage', 'prod', 'backup', 'waits', '--json'], options);
    const name = await runningExecution();
    const stopped = await prod('executions', 'stop', name, '--cause', 'wrong source');
    expect(stopped.answer.result.execution).toMatchObject({ id: name, status: 'ABORTED' });
    const { exitCode, stdout } = await waiting;
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'EXECUTION_ABORTED',
      message: `execution ${name} was stopped: wrong source`,
    });
  });

  it('executions show --follow waits for the end of what others began', async () => {
    const beginning = runCli(['--stage', 'prod', 'backup', 'waits'], options);
    const name = await runningExecution();
    const words = ['--stage', 'prod', 'executions', 'show', name, '--follow'];
    const { stdout, stderr } = await runCli(words, {
      ...options,
      during: (child) => child.stderr?.once('data', () => prod('executions', 'stop', name)),
    });
    expect(stderr).toMatch(/^\d{4}-\S+Z Wait\n$/);
    expect(stdout).toMatch(new RegExp(`^${name}: backup ABORTED`));
    expect((await beginning).exitCode).toBe(130);
  });

  it('Ctrl-C stops what was started here', async () => {
    let said = '';
    const ran = await runCli(['--stage', 'prod', 'backup', 'waits'], {
      ...options,
      during: (child) =>
        child.stderr?.on('data', (bytes: Buffer) => {
          said += bytes.toString();
          if (said.includes('Wait') && !child.killed) child.kill('SIGINT');
        }),
    });
    expect(ran.exitCode).toBe(130);
    const { answer } = await prod('executions', 'list', '--limit', '1');
    expect(answer.result.executions[0]).toMatchObject({ status: 'ABORTED', source: 'waits' });
  });
});

describe('a stage', () => {
  it('that was never deployed says what to do', async () => {
    const { exitCode, answer } = await runJson(['--stage', 'gone', 'backup', 'shop'], options);
    expect(exitCode).toBe(2);
    expect(answer.error).toMatchObject({ code: 'STACK_MISSING' });
    expect(answer.error.hint).toContain('--local');
    const checked = await runJson(['--stage', 'gone', 'check'], options);
    expect(checked.answer.result.lines[1]).toMatchObject({ area: 'deployment', level: 'error' });
  });

  it('without deploy: works on this machine', async () => {
    const { answer } = await runJson(['--stage', 'here', 'backup', 'shop'], options);
    expect(answer.result.backups[0]).toMatchObject({ outcome: 'good' });
  });

  it('whose control plane is gone restores here with --local', async () => {
    const to = join(options.cwd, 'restored');
    const words = ['--stage', 'gone', '--local', 'restore', 'shop', '--to', to];
    const { answer } = await runJson(words, options);
    expect(answer).toMatchObject({ ok: true, exitCode: 0 });
    expect(await readFile(join(to, 'a.txt'), 'utf8')).toBe('kept');
  });
});
