/** What a restore finds at its target, and how it will put a tree there. */
import { randomBytes } from 'node:crypto';
import { access, constants, lstat, readdir, realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TargetError } from '../../core/errors.ts';
import type { RestoreRequest } from '../../core/ports/engine.ts';
import type { FilesContext } from './tools.ts';

export interface Target {
  /** Absolute; real where it exists. */
  readonly path: string;
  readonly state: 'absent' | 'empty' | 'occupied';
  /** The directory itself can be replaced by a rename: it is no mount point and its parent may be written. */
  readonly replaceable: boolean;
  /** The nearest directory that exists, at or above the target. */
  readonly existing: string;
  readonly freeBytes: number;
  readonly writable: boolean;
  /** What an interrupted restore left beside or in it. */
  readonly leftovers: readonly string[];
}

const leftoverPattern = /^(.*)\.holdfast-restore-[0-9a-f]{8}$/;

/** Throws TargetError `TARGET_INVALID`, `TARGET_NOT_DIRECTORY`. */
export async function inspectTarget(
  { source }: FilesContext,
  request: RestoreRequest,
): Promise<Target> {
  const wanted = request.target ?? source.path;
  if (/^[a-z0-9+]+:\/\//i.test(wanted)) throw invalid(wanted);
  const existing = await nearestExisting(resolve(wanted));
  const absent = existing !== resolve(wanted);
  const path = absent ? resolve(wanted) : await realpath(wanted);
  const real = absent ? await realpath(existing) : path;
  if (!(await stat(real)).isDirectory()) throw notDirectory(real);
  const names = absent ? [] : await readdir(real);
  const { bavail, bsize } = await statfs(real);
  return {
    path,
    state: absent
      ? 'absent'
      : names.some((name) => !leftoverPattern.test(name))
        ? 'occupied'
        : 'empty',
    replaceable: absent || (await isReplaceable(path)),
    existing: real,
    freeBytes: bavail * bsize,
    writable: await isWritable(real),
    leftovers: await leftoversOf(path, names),
  };
}

async function nearestExisting(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined || path === '/' ? path : nearestExisting(dirname(path));
}

async function isReplaceable(path: string): Promise<boolean> {
  const parent = dirname(path);
  if (parent === path || !(await isWritable(parent))) return false;
  return (await stat(path)).dev === (await stat(parent)).dev;
}

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

async function leftoversOf(path: string, names: readonly string[]): Promise<string[]> {
  const parent = dirname(path);
  const beside = await readdir(parent).catch(() => []);
  return [
    ...beside
      .filter((name) => leftoverPattern.exec(name)?.[1] === basename(path))
      .map((name) => join(parent, name)),
    ...names
      .filter((name) => leftoverPattern.exec(name)?.[1] === '')
      .map((name) => join(path, name)),
  ];
}

/** Where the tree is made before it is put in its place: on the target's own file system. */
export const workPath = (path: string, place: 'beside' | 'inside'): string =>
  `${place === 'beside' ? path : `${path}/`}.holdfast-restore-${randomBytes(4).toString('hex')}`;

const invalid = (target: string): TargetError =>
  new TargetError(`${target} is not a directory's path`, {
    code: 'TARGET_INVALID',
    hint: 'Name a directory: --to /srv/restored.',
  });

const notDirectory = (path: string): TargetError =>
  new TargetError(`${path} is not a directory`, {
    code: 'TARGET_NOT_DIRECTORY',
    hint: 'Name a directory, or move the file away.',
  });
