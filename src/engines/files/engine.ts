/** Directories: docs/engines/files.md. */
import type { Engine } from '../../core/ports/engine.ts';
import { assertFiles } from './assertions.ts';
import { checkFiles } from './check.ts';
import { dumpFiles } from './dump.ts';
import { planFilesRestore } from './plan-restore.ts';
import { readFiles } from './read.ts';
import { restoreFiles } from './restore.ts';
import { type FilesSource, filesSchema, methods } from './schema.ts';
import { openFilesScratch } from './scratch.ts';

export const filesEngine: Engine<FilesSource> = {
  name: 'files',
  kind: 'files',
  methods,
  fingerprints: ['checksum', 'none'],
  schema: filesSchema,
  check: checkFiles,
  dump: dumpFiles,
  read: readFiles,
  planRestore: planFilesRestore,
  restore: restoreFiles,
  openScratch: openFilesScratch,
  assert: assertFiles,
};
