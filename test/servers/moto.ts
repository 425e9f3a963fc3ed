/** moto: a second AWS emulator, by other people than the first. Installed once into `.cache`, pinned. */
import { execFile, spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from './install.ts';
import { freePort, stop, untilReady } from './process.ts';
import type { S3Server } from './versitygw.ts';

const version = '5.2.5';
const venv = resolve(import.meta.dirname, `../../.cache/moto-${version}`);
const run = promisify(execFile);

export async function startMoto(): Promise<S3Server> {
  const program = await install();
  const port = await freePort();
  const child = spawn(program, ['--host', '127.0.0.1', '--port', String(port)], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilReady(child, `${endpoint}/moto-api/`, 120);
  return {
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    stop: () => stop(child),
  };
}

/** pip writes the programs last, so that an interrupted installation is repeated. */
function install(): Promise<string> {
  return installOnce(join(venv, 'bin/moto_server'), async () => {
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', `moto[server]==${version}`]);
  });
}

/** Of the models of AWS that came with it. */
export async function botocoreFile(path: string): Promise<string> {
  await install();
  const found = glob(`lib/python3.*/site-packages/botocore/data/${path}`, { cwd: venv });
  for await (const file of found) return join(venv, file);
  throw new Error(`botocore has no ${path}`);
}
