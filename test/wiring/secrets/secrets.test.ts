import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSecrets } from '../../../src/wiring/secrets/secrets.ts';

let baseDir = '';
let warnings: string[] = [];
const open = (environment: Record<string, string> = {}) =>
  createSecrets({ baseDir, environment, warn: (line) => warnings.push(line) });

beforeEach(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'secrets-'));
  warnings = [];
});
afterEach(() => rm(baseDir, { recursive: true }));

describe('env:', () => {
  it('gives the variable', async () => {
    expect(await open({ KEY: 'one' }).resolve('env:KEY')).toBe('one');
  });

  it('names the variable that is not set, or is empty', async () => {
    await expect(open().resolve('env:KEY')).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: 'secret env:KEY not found: KEY is not set',
      exitCode: 2,
    });
    await expect(open({ KEY: ' ' }).resolve('env:KEY')).rejects.toMatchObject({
      code: 'SECRET_EMPTY',
    });
  });
});

describe('file:', () => {
  it('is relative to the configuration and loses one line end', async () => {
    await writeFile(join(baseDir, 'key'), 'two\n\n', { mode: 0o600 });
    expect(await open().resolve('file:key')).toBe('two\n');
    expect(warnings).toEqual([]);
  });

  it('warns once when others can read it', async () => {
    await writeFile(join(baseDir, 'key'), 'two');
    await chmod(join(baseDir, 'key'), 0o640);
    const secrets = open();
    await secrets.resolve('file:key');
    await secrets.resolve('file:key');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('file:key can be read by others (mode 640)');
  });

  it('names the path that is not there', async () => {
    await expect(open().resolve('file:none')).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: `secret file:none not read: ${join(baseDir, 'none')}: no such file`,
    });
  });

  it('is looked for again after a failure', async () => {
    const secrets = open();
    await expect(secrets.resolve('file:late')).rejects.toThrow('no such file');
    await writeFile(join(baseDir, 'late'), 'three', { mode: 0o600 });
    expect(await secrets.resolve('file:late')).toBe('three');
  });
});

describe('ssm: and secretsmanager:', () => {
  /** Answers as the JSON 1.1 protocol of both services does, and records what was asked. */
  async function serve(answers: Record<string, object>) {
    const asked: { target: string; body: Record<string, unknown> }[] = [];
    const server = createServer(async (request, response) => {
      const target = String(request.headers['x-amz-target']);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      asked.push({ target, body: JSON.parse(Buffer.concat(chunks).toString()) });
      const answer = answers[target];
      response.writeHead(answer === undefined ? 400 : 200, {
        'content-type': 'application/x-amz-json-1.1',
      });
      response.end(JSON.stringify(answer ?? { __type: 'ParameterNotFound', message: 'gone' }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    return { asked, close: () => new Promise((done) => server.close(done)) };
  }

  it('asks once for the decrypted parameter', async () => {
    const service = await serve({ 'AmazonSSM.GetParameter': { Parameter: { Value: 'four' } } });
    const secrets = open();
    expect(await secrets.resolve('ssm:/shop/db')).toBe('four');
    expect(await secrets.resolve('ssm:/shop/db')).toBe('four');
    await service.close();
    expect(service.asked).toEqual([
      { target: 'AmazonSSM.GetParameter', body: { Name: '/shop/db', WithDecryption: true } },
    ]);
  });

  it('names a parameter that does not exist', async () => {
    const service = await serve({});
    await expect(open().resolve('ssm:/shop/db')).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: 'secret ssm:/shop/db not read: ParameterNotFound: gone',
    });
    await service.close();
  });

  it('takes one field of a secret, and names the fields there are but not their values', async () => {
    const SecretString = JSON.stringify({ url: 'postgres://a:five5@h/d', user: 'a' });
    const service = await serve({ 'secretsmanager.GetSecretValue': { SecretString } });
    expect(await open().resolve('secretsmanager:orders#url')).toBe('postgres://a:five5@h/d');
    await expect(open().resolve('secretsmanager:orders#ulr')).rejects.toThrow(
      'secret secretsmanager:orders#ulr has no field "ulr": it has url, user',
    );
    await service.close();
  });
});

describe('mask', () => {
  it('hides what was resolved, a password inside a URL in each of its forms', async () => {
    const secrets = open({ URL: 'postgres://me:p%40ssword@db/orders' });
    await secrets.resolve('env:URL');
    const text = 'tried p@ssword and p%40ssword at postgres://me:p%40ssword@db/orders';
    expect(secrets.mask(text)).toBe('tried [hidden] and [hidden] at [hidden]');
  });

  it('never shows what is not a reference', async () => {
    await expect(open().resolve('hunter2:hunter2')).rejects.not.toThrow('hunter2');
  });
});
