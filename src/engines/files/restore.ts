/** Restores a set: beside the target, compared there, then put in its place by renames. */
import type { Stats } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ComparisonError } from '../../core/errors.ts';
import type {
  Comparison,
  RestoreReport,
  RestoreRequest,
  SetReader,
} from '../../core/ports/engine.ts';
import { isBucket } from './objects/bucket.ts';
import { type Preparation, prepareRestore, refuseObstacles } from './plan-restore.ts';
import { readArchive } from './read.ts';
import { isRoot } from './restore/restorable.ts';
import { compareResultSchema, finishResultSchema, placeResultSchema } from './restore/result.ts';
import { workPath } from './target.ts';
import { type FilesContext, listXattrs, runStep, runTool } from './tools.ts';

export async function restoreFiles(
  context: FilesContext,
  request: RestoreRequest,
  set: SetReader,
): Promise<RestoreReport> {
  if (isBucket(request.target ?? context.source.path)) {
    const { restoreObjects } = await import('./objects/restore.ts');
    return restoreObjects(context, request, set);
  }
  const prepared = await prepareRestore(context, request, set);
  refuseObstacles(prepared);
  const { target, placing } = prepared;
  if (target.state === 'absent') await mkdir(dirname(target.path), { recursive: true });
  if (target.state === 'absent' && placing === 'merge') await mkdir(target.path);
  const work = workPath(target.path, placing === 'merge' ? 'inside' : 'beside');
  await mkdir(work, { mode: 0o700 });
  const run = { context, request, set, prepared, work, tree: join(work, 'tree') };
  let placed = false;
  try {
    const { report, root } = await restoreAt(run);
    placed = true;
    await remove(context, work);
    if (placing === 'merge' && prepared.whole) await giveFacts(target.path, root);
    return report;
  } finally {
    if (!placed) await giveUp(run);
  }
}

/** A directory that stayed gets the mode, owner and times of the tree's root, last of all. */
async function giveFacts(path: string, root: Stats): Promise<void> {
  if (isRoot()) await chown(path, root.uid, root.gid);
  await chmod(path, root.mode);
  await utimes(path, root.atime, root.mtime);
}

/** `old` has to be empty by now; where moving back failed it is the only copy, and stays. */
async function giveUp({ context, work, tree }: Run): Promise<void> {
  await remove(context, tree);
  await rmdir(join(work, 'old')).catch(() => undefined);
  await rmdir(work).catch(() => context.log(`what was there before is kept in ${work}`));
}

interface Run {
  readonly context: FilesContext;
  readonly request: RestoreRequest;
  readonly set: SetReader;
  readonly prepared: Preparation;
  /** Holds the new `tree`, and `old` while it takes its place. */
  readonly work: string;
  readonly tree: string;
}

interface Restored {
  readonly report: RestoreReport;
  /** Of the tree's root before anything was moved out of it. */
  readonly root: Stats;
}

async function restoreAt(run: Run): Promise<Restored> {
  const { set } = run;
  await mkdir(run.tree, { mode: 0o700 });
  const devicesSkipped = await writeTree(run);
  const comparison = set.manifest.fingerprint === 'none' ? uncompared : await compareTree(run);
  refuseDifferences(run, comparison);
  const root = await stat(run.tree);
  await putInPlace(run);
  return { report: reportOf(run, comparison, devicesSkipped), root };
}

function reportOf(
  { prepared }: Run,
  comparison: Comparison,
  devicesSkipped: number,
): RestoreReport {
  const { files, bytes, withoutContents } = prepared.selection;
  return {
    target: prepared.target.path,
    comparison,
    totals: { files, bytes },
    notes: [
      ...(withoutContents > 0 ? [`${withoutContents} entries could not be read at the time`] : []),
      ...(devicesSkipped > 0 ? [`${devicesSkipped} devices left out: only root makes them`] : []),
    ],
  };
}

/** Contents from each archive of the chain, oldest first, then all that has none. */
async function writeTree({ context, set, prepared, tree }: Run): Promise<number> {
  const { indexFile, selection } = prepared;
  let done = 0;
  for (const one of prepared.sets) {
    const { id } = one.manifest;
    const own = id === set.manifest.id;
    const step = { step: 'extract', indexFile, set: id, own, target: tree } as const;
    done += (await readArchive(context, one, step)).files;
    context.progress({ phase: 'restore', done, total: selection.files, unit: 'files' });
  }
  const step = { step: 'finish', indexFile, target: tree } as const;
  return (await runStep(context, step, finishResultSchema)).devicesSkipped;
}

const uncompared: Comparison = { level: 'none', units: 0, differences: [] };

async function compareTree({ context, prepared, tree }: Run): Promise<Comparison> {
  const xattrsFile = await listXattrs(context, tree);
  const { indexFile } = prepared;
  const step = { step: 'compare', indexFile, target: tree } as const;
  const options = xattrsFile === undefined ? {} : { xattrsFile };
  const result = await runStep(context, { ...step, ...options }, compareResultSchema);
  return { level: 'checksum', units: result.units, differences: result.differences };
}

/** What stands at the target now is better than a tree that differs. */
function refuseDifferences({ prepared: { target } }: Run, { differences }: Comparison): void {
  const [first] = differences;
  if (first === undefined || target.state !== 'occupied') return;
  throw new ComparisonError(
    `The restored tree differs from the set in ${differences.length} points, ` +
      `${first.name}: ${first.expected} became ${first.found}; ${target.path} was not touched`,
    { code: 'RESTORE_DIFFERS', hint: 'Restore to another directory with --to and look at it.' },
  );
}

async function putInPlace(run: Run): Promise<void> {
  const { target, placing, selection } = run.prepared;
  for (const carrier of selection.carriers) await rm(pathBelow(run.tree, carrier));
  if (placing === 'merge') {
    await mergeInto(run);
    return;
  }
  const old = join(run.work, 'old');
  if (target.state === 'occupied') await moveDirectory(target.path, old);
  try {
    await moveDirectory(run.tree, target.path);
  } catch (error) {
    if (target.state === 'occupied') await moveDirectory(old, target.path);
    throw error;
  }
}

const pathBelow = (tree: string, encoded: string): Buffer =>
  Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(encoded, 'base64')]);

async function mergeInto({ context, request, prepared, work, tree }: Run): Promise<void> {
  const step = {
    step: 'place',
    staging: tree,
    target: prepared.target.path,
    aside: join(work, 'old'),
    keep: [basename(work)],
    overwrite: request.overwrite,
    whole: prepared.whole,
  } as const;
  // An interruption waits: half of the moves would be worse than all or none.
  const { signal } = new AbortController();
  await runStep({ ...context, signal }, step, placeResultSchema);
}

/** Moving a directory writes its `..`, which needs its own write permission unless one is root. */
async function moveDirectory(from: string, to: string): Promise<void> {
  const { mode } = await stat(from);
  const locked = (mode & 0o200) === 0;
  if (locked) await chmod(from, mode | 0o200);
  await rename(from, to);
  if (locked) await chmod(to, mode);
}

/** Also after an abort, and where directories are read-only. What resists is named, not fatal. */
async function remove({ log }: FilesContext, path: string): Promise<void> {
  const { signal } = new AbortController();
  const first = await runTool(['rm', '-rf', '--', path], { signal });
  if (first.code === 0) return;
  await runTool(['chmod', '-R', 'u+rwX', '--', path], { signal });
  const { code, stderr } = await runTool(['rm', '-rf', '--', path], { signal });
  if (code !== 0) log(`could not remove ${path}: ${stderr.trim()}`);
}
