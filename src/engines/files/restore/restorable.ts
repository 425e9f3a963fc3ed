/** Which entries of an index can be made again, and by whom. */
import type { IndexEntry } from '../index/entry.ts';

/** A file that could not be read at the time is in the index without contents. */
export const hasContents = (entry: IndexEntry): boolean =>
  entry.type !== 'file' || entry.sha256 !== undefined;

export const isDevice = ({ type }: IndexEntry): boolean => type === 'character' || type === 'block';

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Only root makes device nodes. */
export const isRestorable = (entry: IndexEntry): boolean =>
  hasContents(entry) && (isRoot() || !isDevice(entry));
