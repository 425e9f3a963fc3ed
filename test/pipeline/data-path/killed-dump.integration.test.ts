import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';

const deskModule = new URL('./stored-set.ts', import.meta.url).href;
const storeModule = new URL('../../../src/storage/directory/index.ts', import.meta.url).href;

let folder: string;
let dump: ChildProcess;
let children: string[];

/** A dump in a process of its own that never ends by itself. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  const program = `
    const { createDesk } = await import('${deskModule}');
    const { openDirectoryStore } = await import('${storeModule}');
    const store = openDirectoryStore('${pathToFileURL(join(folder, 'vault')).href}');
    const onProgress = () => process.stdout.write('part ');
    const sink = createDesk(store).sink({ onProgress });
    await sink.bytes({ name: 'globals', role: 'globals' }, [Buffer.from('roles')]);
    await sink.command({ name: 'data', role: 'data' }, { argv: ['cat', '/dev/urandom'] });`;
  const args = ['--input-type=module', '--eval', program];
  dump = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (dump.stdout) await once(dump.stdout, 'data');
  while (childrenOf(dump.pid).length < 2 || !(await isUploading())) await sleep(20);
  children = childrenOf(dump.pid);
});

afterEach(async () => {
  dump.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** The file of the endless stream lies there, under its temporary name. */
async function isUploading(): Promise<boolean> {
  const names = await readdir(join(folder, 'vault'), { recursive: true }).catch(() => []);
  return names.some((name) => name.includes('data.0~'));
}

function childrenOf(pid: number | undefined): string[] {
  try {
    const found = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)]).toString();
    return found.trim().split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}

const isGone = (pid: string): boolean => {
  try {
    return /^[ZX]/.test(execFileSync('ps', ['-o', 'stat=', '-p', pid]).toString());
  } catch {
    return true;
  }
};

describe('a dump whose process is killed', () => {
  it('leaves no program running and nothing listed but what was whole', async () => {
    dump.kill('SIGKILL');
    await once(dump, 'exit');
    for (let n = 0; n < 300 && !children.every(isGone); n += 1) await sleep(20);
    expect(children.filter((pid) => !isGone(pid))).toEqual([]);
    const store = openDirectoryStore(pathToFileURL(join(folder, 'vault')).href);
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual([expect.stringMatching(/globals\.0$/)]);
    expect(await store.sweepUploads('data/orders/', new Date(Date.now() + 60_000))).toBe(1);
    const left = await readdir(join(folder, 'vault'), { recursive: true, withFileTypes: true });
    expect(left.filter((each) => each.isFile()).map(({ name }) => name)).toEqual(['globals.0']);
  });
});
