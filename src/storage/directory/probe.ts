/** What `check` finds out about a directory: whether it works, who may read it, how much is free. */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ObjectStore, ProbeFinding, ProbeReport } from '../../core/ports/store.ts';
import { probeObject } from '../probe-object.ts';
import { pruneFolders } from './durable.ts';

const gibibyte = 2 ** 30;

/** Leaves the disk as it was: a directory that was absent is absent afterwards. */
export async function probeDirectory(store: ObjectStore, root: string): Promise<ProbeReport> {
  const existing = await nearestFolder(root);
  const findings = [
    existing === root ? await modeFinding(root) : absentFinding(root),
    ...(await probeObject(store)),
    await spaceFinding(existing),
    lockFinding,
  ];
  if (existing !== root) await pruneFolders(root, existing);
  return { findings };
}

const lockFinding: ProbeFinding = {
  subject: 'lock',
  level: 'ok',
  detail: 'a directory cannot lock objects: keep a copy elsewhere against deletion',
};

async function nearestFolder(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isFolder || path === dirname(path) ? path : nearestFolder(dirname(path));
}

function absentFinding(root: string): ProbeFinding {
  return { subject: 'directory', level: 'ok', detail: `${root} is made by the first backup` };
}

async function modeFinding(root: string): Promise<ProbeFinding> {
  const mode = (await stat(root)).mode & 0o777;
  const detail = `${root} has mode ${mode.toString(8)}`;
  if ((mode & 0o077) === 0) return { subject: 'directory', level: 'ok', detail };
  return {
    subject: 'directory',
    level: 'warning',
    detail: `${detail}: other users may look into it`,
    fix: `chmod 700 ${root}`,
  };
}

async function spaceFinding(folder: string): Promise<ProbeFinding> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const detail = `${(freeBytes / gibibyte).toFixed(1)} GiB free of ${((blocks * bsize) / gibibyte).toFixed(1)} GiB`;
  const isLow = freeBytes < gibibyte || bavail < blocks * 0.05;
  return { subject: 'space', level: isLow ? 'warning' : 'ok', detail };
}
