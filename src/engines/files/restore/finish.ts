/** Step `finish`: what has no contents, from the index alone; directories get their times last. */
import { chmodSync, lchownSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import type { BlockWriter } from '../archive/block-writer.ts';
import type { IndexEntry } from '../index/entry.ts';
import { IndexReader } from '../index/file.ts';
import { memberHeader } from '../tar/header.ts';
import { type BytePath, fsName, nameOf, parentOf, rootPath } from '../tree/byte-path.ts';
import { TreeCursor } from '../tree/cursor.ts';
import { extractInto } from './gnu-tar.ts';
import type { FinishJob } from './job.ts';
import { isDevice, isRestorable, isRoot } from './restorable.ts';

export interface Finished {
  readonly entries: number;
  readonly devicesSkipped: number;
}

export async function finish(job: FinishJob): Promise<Finished> {
  makeSockets(job);
  const counts = { entries: 0, devicesSkipped: 0 };
  await extractInto({ directory: job.target, scratchPrefix: job.resultFile }, (out) => {
    for (const entry of new IndexReader(job.indexFile)) {
      if (writeEntry(out, entry)) counts.entries++;
      else if (isDevice(entry)) counts.devicesSkipped++;
    }
  });
  return counts;
}

function writeEntry(out: BlockWriter, entry: IndexEntry): boolean {
  if (entry.type === 'file' || entry.type === 'socket' || !isRestorable(entry)) return false;
  out.put(memberHeader(entry, { storedBytes: 0 }));
  return true;
}

function makeSockets({ indexFile, target }: FinishJob): void {
  const cursor = new TreeCursor(target);
  try {
    for (const entry of new IndexReader(indexFile)) {
      if (entry.type !== 'socket') continue;
      makeParents(cursor, parentOf(entry.path));
      makeSocket(nameOf(entry.path), entry);
    }
  } finally {
    cursor.close();
  }
}

function makeParents(cursor: TreeCursor, directory: BytePath): void {
  if (directory === rootPath) {
    cursor.moveTo(rootPath);
    return;
  }
  makeParents(cursor, parentOf(directory));
  try {
    mkdirSync(fsName(nameOf(directory)), 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  cursor.moveTo(directory);
}

const temporaryName = '.holdfast-socket';

/** tar knows no sockets: bound under a short name (a socket's path is limited), then renamed. */
function makeSocket(name: BytePath, entry: IndexEntry): void {
  rmSync(temporaryName, { force: true });
  const server = createServer().listen(temporaryName);
  if (isRoot()) lchownSync(temporaryName, entry.uid, entry.gid);
  chmodSync(temporaryName, entry.mode);
  const seconds = Number(entry.mtime) / 1e9;
  utimesSync(temporaryName, seconds, seconds);
  renameSync(temporaryName, fsName(name));
  server.close();
}
