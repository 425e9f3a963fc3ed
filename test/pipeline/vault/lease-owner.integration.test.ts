import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLease, localLeaseHost } from '../../../src/pipeline/vault/index.ts';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';

const signal = new AbortController().signal;
const leaseModule = new URL('../../../src/pipeline/vault/index.ts', import.meta.url).href;
const storeModule = new URL('../../../src/storage/directory/index.ts', import.meta.url).href;

let url: string;
let holder: ChildProcess;

beforeEach(async () => {
  url = `file://${await mkdtemp(join(tmpdir(), 'holdfast-lease-'))}`;
  const program = `
    const { acquireLease } = await import('${leaseModule}');
    const { openDirectoryStore } = await import('${storeModule}');
    const vault = { leaseStore: openDirectoryStore('${url}'), now: () => new Date() };
    const { signal } = new AbortController();
    await acquireLease(vault, 'source-orders', { ttlSeconds: 600, signal });
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const args = ['--input-type=module', '--eval', program];
  holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (holder.stdout) await once(holder.stdout, 'data');
});

afterEach(async () => {
  holder.kill('SIGKILL');
  await rm(new URL(url), { recursive: true, force: true });
});

const take = () =>
  acquireLease({ leaseStore: openDirectoryStore(url), now: () => new Date() }, 'source-orders', {
    ttlSeconds: 600,
    signal,
  });

describe('a lease between processes', () => {
  it('is refused while its owner lives, and free the moment it is killed', async () => {
    await expect(take()).rejects.toMatchObject({ code: 'LEASE_HELD', exitCode: 11 });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lease = await take();
    expect(lease.token).toBe(2);
    await lease.release();
  });
});

describe('localLeaseHost', () => {
  const host = localLeaseHost();

  it('sees itself alive, and a process of its number that started at another time dead', () => {
    expect(host.look(host.self)).toBe('alive');
    expect(host.look({ ...host.self, processStart: '1' })).toBe('dead');
  });

  it('says nothing about other machines and other process namespaces', () => {
    expect(host.look({ ...host.self, machine: 'elsewhere' })).toBe('unknown');
    expect(host.look({ ...host.self, pidNamespace: 'pid:[1]' })).toBe('unknown');
  });
});
