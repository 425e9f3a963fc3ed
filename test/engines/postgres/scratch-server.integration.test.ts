import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startPostgres } from '../../servers/postgres.ts';

const here = dirname(fileURLToPath(import.meta.url));
const module = join(here, '../../../src/engines/postgres/scratch-server.ts');

test('answers queries, refuses a wrong password and leaves nothing behind', async () => {
  const server = await startPostgres();
  expect(await server.query('select 40 + 2 as answer')).toEqual([{ answer: 42 }]);
  const wrong = server.url.replace(/:[^:@]+@/, ':wrong@');
  await expect(
    startPostgres().then(async (other) => {
      await other.stop();
      const { Client } = await import('pg');
      await new Client({ connectionString: `${wrong}postgres` }).connect();
    }),
  ).rejects.toThrow(/password authentication failed/);
  await server.stop();
  await server.stop();
  expect(existsSync(server.dir)).toBe(false);
});

test('ends with its killed owner, and the next start removes the directory', async () => {
  const script = `
    const { startScratchServer } = await import(${JSON.stringify(module)});
    const server = await startScratchServer({ major: 15 });
    console.log(JSON.stringify({ pid: server.pid, dir: server.dir }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(owner.stdout, 'data');
  const { pid, dir } = JSON.parse(String(line)) as { pid: number; dir: string };
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  for (let tries = 0; tries < 100 && existsSync(`/proc/${pid}`); tries++) await sleep(50);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(existsSync(dir)).toBe(true);
  const next = await startPostgres();
  expect(existsSync(dir)).toBe(false);
  await next.stop();
});
