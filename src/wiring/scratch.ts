/**
 * Private scratch folders of engines: made at use, removed after it, and swept where their process died
 * before it could.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseProcessStat } from '../core/process-stat.ts';

const namePattern = /^holdfast-scratch-(\d+)-(\d+)-[0-9a-f]{8}$/;

/** A new folder of mode 0700 under `parent`, named after this process. */
export async function makeScratch(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const start = (await processStart(process.pid)) ?? '0';
  const name = `holdfast-scratch-${process.pid}-${start}-${randomBytes(4).toString('hex')}`;
  const folder = join(parent, name);
  await mkdir(folder, { mode: 0o700 });
  // mkdir's mode is cut by the umask, never widened; a later chmod says exactly what is meant.
  await chmod(folder, 0o700);
  return folder;
}

export const removeScratch = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true });

/** Removes the folders of processes that are gone; returns how many. */
export async function sweepScratch(parent: string): Promise<number> {
  const names = await readdir(parent).catch(() => []);
  let swept = 0;
  for (const name of names) {
    const [, pid, start] = namePattern.exec(name) ?? [];
    if (pid === undefined || (await processStart(Number(pid))) === start) continue;
    await removeScratch(join(parent, name)).then(
      () => {
        swept += 1;
      },
      // Another user's leftovers are not ours to remove.
      () => undefined,
    );
  }
  return swept;
}

/** Clock ticks from boot to the start of a process: with its id, who it is. */
async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat === undefined ? undefined : parseProcessStat(stat).startTicks;
}
