/** A depth-first walk in byte order: one lstat an entry, directories before what they hold. */
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { type BytePath, fsName, joinPath, rootPath } from './byte-path.ts';
import { TreeCursor } from './cursor.ts';

export interface Visitor {
  /** Called in the entry's directory; `name` is relative to it. True descends into a directory. */
  entry(path: BytePath, name: BytePath, stats: BigIntStats): boolean;
  /** The entry was listed and is gone, or cannot be examined, or its directory cannot be read. */
  failed(path: BytePath, error: NodeJS.ErrnoException): void;
  /** Everything under the directory has been visited. */
  left?(path: BytePath): void;
}

interface Level {
  readonly path: BytePath;
  readonly names: readonly BytePath[];
  next: number;
}

/** Throws only where the root itself cannot be opened. */
export function walkTree(root: string, visitor: Visitor): void {
  const cursor = new TreeCursor(root);
  try {
    const stats = lstatSync('.', { bigint: true });
    if (!visitor.entry(rootPath, '.', stats)) return;
    const levels: Level[] = [];
    openLevel(levels, rootPath, visitor);
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names[level.next++];
      if (name !== undefined) {
        visit({ cursor, levels, visitor }, joinPath(level.path, name), name);
        continue;
      }
      levels.pop();
      visitor.left?.(level.path);
      if (levels.length > 0) cursor.leave();
    }
  } finally {
    cursor.close();
  }
}

interface Walk {
  readonly cursor: TreeCursor;
  readonly levels: Level[];
  readonly visitor: Visitor;
}

function visit({ cursor, levels, visitor }: Walk, path: BytePath, name: BytePath): void {
  try {
    const stats = lstatSync(fsName(name), { bigint: true });
    if (!visitor.entry(path, name, stats) || !stats.isDirectory()) return;
    cursor.enter(name);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    visitor.failed(path, error);
    return;
  }
  openLevel(levels, path, visitor);
}

/** The cursor stands in the directory; one that cannot be listed counts as empty. */
function openLevel(levels: Level[], path: BytePath, visitor: Visitor): void {
  levels.push({ path, names: listNames(path, visitor), next: 0 });
}

function listNames(path: BytePath, visitor: Visitor): BytePath[] {
  try {
    return readdirSync('.', { encoding: 'latin1' }).sort();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    visitor.failed(path, error);
    return [];
  }
}

export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error;
