/** Run Command on an emulator whose instance is this machine, and which holds requests against AWS's model. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openControl } from '../../src/control/index.ts';
import type { Control } from '../../src/core/ports/control.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';

const signal = new AbortController().signal;
const quick = { timeoutSeconds: 30, signal };
const isRoot = process.getuid?.() === 0;
const program = resolve(import.meta.dirname, '../cloud/lab/emulator.py');

let server: S3Server;
let sent: string[];
const given = new Map<string, string | undefined>();

beforeAll(async () => {
  server = await startMinistack({ program });
  const environment = {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
  };
  for (const [name, value] of Object.entries(environment)) {
    given.set(name, process.env[name]);
    process.env[name] = value;
  }
});
afterAll(async () => {
  for (const [name, value] of given) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await server?.stop();
});

const control = (instance = 'i-0a1b2c3d', user?: string): Control =>
  openControl({
    ssm: { instance, stop: ['false'], start: ['true'], ...(user !== undefined && { user }) },
  });

/** What anybody who may list commands can read of them. */
async function history(): Promise<string> {
  const { SSM } = await import('@aws-sdk/client-ssm');
  const client = new SSM({});
  const { Commands } = await client.listCommands({});
  client.destroy();
  return JSON.stringify(Commands);
}

describe.skipIf(!isRoot)('control by Systems Manager', () => {
  it('gives status, output and errors; a status other than 0 is an answer', async () => {
    const argv = ['sh', '-c', 'echo "$1"; echo bad >&2; exit 3', 'sh', `it's "quoted" $HOME`];
    const output = await control().run({ argv: argv as [string, ...string[]], ...quick });
    expect(output).toEqual({ status: 3, stdout: `it's "quoted" $HOME\n`, stderr: 'bad\n' });
    expect((await control().stop(signal)).status).toBe(1);
    expect((await control().start(signal)).status).toBe(0);
  });

  it('hands variables and input over without a trace of them in the history', async () => {
    const secret = `p'w "$x\\ö ${'long'.repeat(100)}`;
    const output = await control().run({
      argv: ['sh', '-c', 'cat; printf %s "$PGPASSWORD"'],
      env: { PGPASSWORD: secret },
      input: 'conninfo of hunter2\n',
      ...quick,
    });
    expect(output).toMatchObject({ status: 0, stdout: `conninfo of hunter2\n${secret}` });
    sent = [await history()];
    expect(sent[0]).toContain('openssl');
    expect(sent[0]).not.toMatch(/hunter2|longlong/);
  });

  it('fetches an answer that is longer than an invocation tells, whole', async () => {
    const script = 'head -c 300000 /dev/urandom | base64 -w 0';
    const output = await control().run({ argv: ['sh', '-c', script], ...quick });
    expect(output.stdout).toHaveLength(400_000);
  });

  it('runs as the owner of the data directory', async () => {
    const output = await control('i-0a1b2c3d', 'postgres').run({ argv: ['id', '-un'], ...quick });
    expect(output.stdout).toBe('postgres\n');
  });

  it('says when an instance is off, and when a command takes too long', async () => {
    await expect(control('i-0a1b2c00').run({ argv: ['true'], ...quick })).rejects.toMatchObject({
      code: 'CONTROL_UNREACHABLE',
      message: expect.stringContaining('ssm i-0a1b2c00 cannot be reached: InvalidInstanceId'),
    });
    const aborted = control().run({
      argv: ['sleep', '5'],
      timeoutSeconds: 30,
      signal: AbortSignal.timeout(700),
    });
    await expect(aborted).rejects.toMatchObject({ code: 'CONTROL_TIMEOUT' });
  });
});
