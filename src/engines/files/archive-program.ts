/**
 * The program `files-archive JOB`: walks a directory and writes a pax archive to stdout, the index
 * and the result to files. A process of its own, because it works synchronously and its bytes go by
 * OS pipe to the compressor.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Archiver } from './archive/archiver.ts';
import { BlockWriter } from './archive/block-writer.ts';
import type { ArchiveJob } from './archive/job.ts';
import { walkTree } from './tree/walk.ts';

const stdout = 1;

try {
  const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ArchiveJob;
  const archiver = new Archiver(new BlockWriter(stdout), job);
  walkTree(job.root, archiver);
  writeFileSync(job.resultFile, JSON.stringify(archiver.finish()), { mode: 0o600 });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
