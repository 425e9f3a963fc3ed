/** Scratch servers whose owner was killed: found by the file that names the owner. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseProcessStat } from '../../core/process-stat.ts';
import { endServer } from './rehearsal/server-processes.ts';

export const folderPrefix = 'holdfast-postgres-';
const ownerFile = 'owner.json';
const ownerSchema = z.object({ pid: z.number().int(), started: z.string() });

/** Names this process as the owner of `dir`; the start time tells it from a later one of the same id. */
export async function markOwner(dir: string): Promise<void> {
  const owner = { pid: process.pid, started: await startTime(process.pid) };
  await writeFile(join(dir, ownerFile), JSON.stringify(owner));
}

/** Ends the servers of dead owners under `parent` and removes their directories. */
export async function sweepScratchServers(parent: string): Promise<void> {
  const names = await readdir(parent);
  for (const name of names.filter((one) => one.startsWith(folderPrefix))) {
    const dir = join(parent, name);
    // Somebody else's leftover cannot be removed, and need not stop a start.
    if (await isAbandoned(dir)) await remove(dir).catch(() => undefined);
  }
}

async function isAbandoned(dir: string): Promise<boolean> {
  try {
    const owner = ownerSchema.parse(JSON.parse(await readFile(join(dir, ownerFile), 'utf8')));
    return (await startTime(owner.pid)) !== owner.started;
  } catch {
    // Without a readable owner it may be one that is being made: leave it.
    return false;
  }
}

async function remove(dir: string): Promise<void> {
  // One server, or each node of a scratch cluster, in a directory beside the owner's file.
  for (const node of await readdir(dir)) await endServer(join(dir, node));
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

/** Empty when there is no such process. */
async function startTime(pid: number): Promise<string> {
  try {
    return parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8')).startTicks;
  } catch {
    return '';
  }
}
