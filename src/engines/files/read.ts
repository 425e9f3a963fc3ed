/** Feeds a set's archives to the program that compares every hash with the index. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IntegrityError, ToolError } from '../../core/errors.ts';
import type { SetReader } from '../../core/ports/engine.ts';
import { streamNames } from './dump.ts';
import { extractResultSchema } from './restore/result.ts';
import { type FilesContext, type Step, serial, stepError, writeJob } from './tools.ts';

/** Writes the index of a set to a scratch file. */
export async function stageIndex(context: FilesContext, set: SetReader): Promise<string> {
  const file = join(context.scratchDir, `index-${serial()}`);
  await set.stage(streamNames.index, file);
  return file;
}

/** Reads one set's archive to its last byte. Throws IntegrityError `ARCHIVE_DAMAGED`, ToolError. */
export async function readArchive(
  context: FilesContext,
  set: SetReader,
  step: Extract<Step, { step: 'extract' }>,
): Promise<{ files: number; bytes: number }> {
  const job = await writeJob(context, step);
  try {
    await set.pipe(streamNames.archive, { argv: job.argv });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw await stepError(job, error.message);
  }
  return extractResultSchema.parse(JSON.parse(await readFile(job.resultFile, 'utf8')));
}

/** Level "read": the archive against the index of the same set; its parents have readings of their own. */
export async function readFiles(
  context: FilesContext,
  set: SetReader,
): Promise<{ notes: readonly string[] }> {
  const indexFile = await stageIndex(context, set);
  const { id } = set.manifest;
  const step = { step: 'extract', indexFile, set: id, own: true } as const;
  const { files, bytes } = await readArchive(context, set, step);
  return { notes: [`${files} files, ${bytes} bytes: every hash is that of the index`] };
}

/** The set of that id in the chain. Throws IntegrityError `CHAIN_BROKEN`. */
export function setInChain(set: SetReader, id: string): SetReader {
  for (let one: SetReader | undefined = set; one !== undefined; one = one.parent) {
    if (one.manifest.id === id) return one;
  }
  throw new IntegrityError(`${set.manifest.id} needs ${id}, which is not in its chain`, {
    code: 'CHAIN_BROKEN',
    hint: 'Restore an older set or one from a copy: `holdfast list` shows them.',
  });
}
