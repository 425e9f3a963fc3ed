import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld, family } from './world.ts';

let world: FaultWorld;
beforeEach(async () => {
  world = await buildWorld({ rows: 600_000 });
});
afterEach(() => world.close());

const listed = async () => (await world.result<{ backups: unknown[] }>('list')).backups;

/** A dump program is at work on rows, which takes it a while. */
async function untilDumping(pid: number): Promise<void> {
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const processes = await family(pid);
    if (processes.some(({ command }) => /pg_dump .*--section=data/.test(command))) return;
  }
  throw new Error('no dump began within 30 s');
}

describe('the database goes away in the middle', () => {
  it('fails the backup, leaves the good one, and says why', async () => {
    expect((await world.holdfast('backup', 'shop')).exitCode).toBe(0);
    const running = world.start('backup', 'shop');
    await untilDumping(running.pid);
    process.kill(world.server.pid, 'SIGKILL');
    const { exitCode, stdout, stderr } = await running.finished;
    expect(exitCode, stdout + stderr).toBe(1);
    expect(stderr).toMatch(/pg_dump|connection|server/i);
    expect(await listed()).toHaveLength(1);
    expect((await world.holdfast('verify', '--all', '--level', 'read')).exitCode).toBe(0);
  });
});

describe('a connection that hangs', () => {
  const sockets: Socket[] = [];
  let silent: Server;
  beforeEach(async () => {
    silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('of a database ends by itself, with the next step named', async () => {
    const { port } = silent.address() as AddressInfo;
    world.env['SHOP_URL'] = `postgres://u:hidden-password@127.0.0.1:${port}/shop`;
    const run = await world.holdfast('backup', 'shop');
    expect(run.exitCode, run.stdout + run.stderr).toBe(1);
    expect(run.stdout + run.stderr).not.toContain('hidden-password');
    expect(run.stderr).toContain('next:');
  });

  it('of a store ends by itself', { timeout: 240_000 }, async () => {
    const { port } = silent.address() as AddressInfo;
    Object.assign(world.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    const primary = {
      url: 's3://bucket/x',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      pathStyle: true,
    };
    await world.configure({ vault: { primary, encryption: { key: 'env:HOLDFAST_KEY' } } });
    const run = await world.holdfast('list');
    expect(run.exitCode, run.stdout + run.stderr).toBe(1);
    expect(run.stderr).toContain(`127.0.0.1:${port}`);
  });
});
