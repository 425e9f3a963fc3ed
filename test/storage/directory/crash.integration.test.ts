import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';
import { collect, createOnly, keysOf, leftovers, text } from '../conformance/samples.ts';
import { wholeOf } from './writer.ts';

const rounds = 25;
const script = join(import.meta.dirname, 'writer.ts');

describe('directory store whose writer is killed', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-crash-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it(`shows only whole objects after ${rounds} kills at random moments`, async () => {
    const url = pathToFileURL(join(folder, 'vault')).href;
    let written = 0;
    for (let round = 0; round < rounds; round += 1) {
      written += await writeUntilKilled(url, `round-${round}`, Math.random() * 60);
    }
    const store = openDirectoryStore(url);
    const infos = await collect(store.list(''));
    for (const { key } of infos) {
      const stored = Buffer.from(await store.get(key));
      expect([key, isWhole(key, stored)]).toEqual([key, true]);
    }
    expect(written).toBeGreaterThan(rounds);
    expect(infos.length).toBeGreaterThan(rounds);

    const swept = await leftovers(store);
    expect(swept).toBeGreaterThan(0);
    expect(await keysOf(store)).toEqual(infos.map(({ key }) => key));
    const names = await readdir(join(folder, 'vault'), { recursive: true });
    expect(names.filter((name) => name.includes('~'))).toEqual([]);
    await store.put('after', text('the crash'), createOnly);
    expect(await keysOf(store, 'after')).toEqual(['after']);
  });
});

function isWhole(key: string, stored: Buffer): boolean {
  if (key === 'state') return [0, 1, 2].some((n) => stored.equals(wholeOf(`state ${n}`)));
  const [, name, , last] = key.split('/');
  const at = key.startsWith('sets/') ? last : last?.split('.')[1];
  return stored.equals(wholeOf(`data/${name}/${Number(at) % 7}/object.${at}`));
}

/** Kills between two writes of the child, `milliseconds` after its first. Returns its writes. */
async function writeUntilKilled(url: string, name: string, milliseconds: number): Promise<number> {
  const child = spawn(process.execPath, [script, url, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = 0;
  child.stdout.on('data', (dots: Buffer) => {
    written += dots.length;
  });
  await once(child.stdout, 'data');
  await sleep(milliseconds);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  return written;
}
