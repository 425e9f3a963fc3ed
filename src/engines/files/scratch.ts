/** An empty directory for a drill where the set fits: in the scratch space, or under `drill.server`. */
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { TargetError } from '../../core/errors.ts';
import type { Scratch, SetReader } from '../../core/ports/engine.ts';
import { stageIndex } from './read.ts';
import { selectResultSchema } from './restore/result.ts';
import { type FilesContext, runStep } from './tools.ts';

/** Throws TargetError `SCRATCH_FULL`. */
export async function openFilesScratch(context: FilesContext, set: SetReader): Promise<Scratch> {
  const indexFile = await stageIndex(context, set);
  const { id, server } = set.manifest;
  const step = { step: 'select', indexFile, set: id, only: [], selectionFile: '' } as const;
  const { allocatedBytes } = await runStep(context, step, selectResultSchema);
  const given = context.source.drill?.server ?? 'scratch';
  const parent = given === 'scratch' ? context.scratchDir : given;
  const { bavail, bsize } = await statfs(parent);
  if (bavail * bsize < allocatedBytes) {
    throw new TargetError(
      `${parent} has ${bavail * bsize} bytes free, the set needs ${allocatedBytes}`,
      { code: 'SCRATCH_FULL', hint: 'Point TMPDIR to a larger file system, or set drill.server.' },
    );
  }
  const directory = await mkdtemp(join(parent, 'drill-'));
  return {
    target: join(directory, 'tree'),
    version: server.version,
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
