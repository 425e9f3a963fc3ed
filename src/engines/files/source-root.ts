/** The directory of a source, and what in it is Holdfast's own. */
import { lstat, realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { SourceError } from '../../core/errors.ts';
import type { FilesContext } from './tools.ts';

/** The real path. Throws SourceError `SOURCE_MISSING`, `SOURCE_NOT_DIRECTORY`, `SOURCE_UNREADABLE`. */
export async function sourceRoot({ source: { path } }: FilesContext): Promise<string> {
  try {
    const root = await realpath(path);
    if ((await lstat(root)).isDirectory()) return root;
  } catch (error) {
    throw unreachable(path, error as NodeJS.ErrnoException);
  }
  throw new SourceError(`${path} is not a directory`, {
    code: 'SOURCE_NOT_DIRECTORY',
    hint: 'Name the directory that holds the file, with include: [its name].',
  });
}

function unreachable(path: string, cause: NodeJS.ErrnoException): SourceError {
  if (cause.code === 'ENOENT') {
    return new SourceError(`${path} does not exist`, {
      code: 'SOURCE_MISSING',
      hint: 'Correct `path:` of the source, or mount what belongs there.',
      cause,
    });
  }
  return unreadable(path, cause.code ?? cause.message, cause);
}

export const unreadable = (path: string, seen: string, cause?: unknown): SourceError =>
  new SourceError(`${path} cannot be read: ${seen}`, {
    code: 'SOURCE_UNREADABLE',
    hint: 'Run Holdfast as a user who may read it, or grant it: setfacl -R -m u:USER:rX PATH.',
    cause,
  });

/** Those of Holdfast's own directories that lie in `root`, relative to it. */
export async function ownPathsIn(context: FilesContext, root: string): Promise<string[]> {
  const inside: string[] = [];
  for (const path of [context.scratchDir, ...(context.ownPaths ?? [])]) {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) continue;
    const below = relative(root, real);
    if (below === '') throw isOwn(root);
    if (!below.startsWith('../') && below !== '..') inside.push(below);
  }
  return inside;
}

const isOwn = (root: string): SourceError =>
  new SourceError(`${root} is a directory of Holdfast's own`, {
    code: 'SOURCE_IS_OWN',
    hint: 'A vault is copied by `copies:`, not backed up into itself.',
  });
