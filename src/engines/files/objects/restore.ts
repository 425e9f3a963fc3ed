/** Restores a set of a bucket into a bucket: create-only, hash by hash, then read back and compared. */
import { type HoldfastError, TargetError } from '../../../core/errors.ts';
import type {
  Comparison,
  RestorePlan,
  RestoreReport,
  RestoreRequest,
  SetReader,
} from '../../../core/ports/engine.ts';
import { streamNames } from '../dump.ts';
import { IndexReader } from '../index/file.ts';
import { type Obstacle, unmatched } from '../obstacles.ts';
import { readArchive, setInChain, stageIndex } from '../read.ts';
import { type SelectResult, selectResultSchema } from '../restore/result.ts';
import { type FilesContext, runStep } from '../tools.ts';
import { compareObjects } from './compare.ts';
import { ownObstacle } from './own.ts';
import { refill } from './refill.ts';
import { Room, roomSize } from './room.ts';
import { openTarget, type TargetBucket } from './target.ts';
import { unrestorable } from './target-failures.ts';

interface Preparation {
  readonly target: TargetBucket;
  /** Index of what is restored. */
  readonly indexFile: string;
  readonly selection: SelectResult;
  /** Oldest first. */
  readonly sets: readonly SetReader[];
  readonly obstacles: readonly Obstacle[];
}

export const planObjects = (
  context: FilesContext,
  request: RestoreRequest,
  set: SetReader,
): Promise<RestorePlan> =>
  withTarget(context, request, async (target) => {
    const { selection, sets, obstacles } = await prepare({ context, request, set, target });
    const subject = target.url;
    const room = `${selection.files} objects, ${selection.bytes} bytes`;
    const takes = sets.map(
      ({ manifest: { id } }) => `take ${selection.filesBySet[id]} objects from ${id}`,
    );
    const how = request.overwrite ? 'replacing those of the same key' : 'replacing none';
    return {
      target: target.url,
      findings:
        obstacles.length === 0
          ? [{ subject, level: 'ok', detail: room }]
          : obstacles.map(({ detail, fix }) => ({ subject, level: 'error', detail, fix })),
      actions: [
        ...takes,
        `put them into ${target.url}, ${how}`,
        'read every object back and compare it',
      ],
    };
  });

export const restoreObjects = (
  context: FilesContext,
  request: RestoreRequest,
  set: SetReader,
): Promise<RestoreReport> =>
  withTarget(context, request, async (target) => {
    const prepared = await prepare({ context, request, set, target });
    const [obstacle] = prepared.obstacles;
    if (obstacle !== undefined) throw refusal(obstacle);
    const run = { context, request, set, ...prepared };
    // Nothing may be replaced by half of a damaged set.
    if (request.overwrite) await readAll(run);
    await putAll(run);
    const {
      target: { url },
      selection,
    } = prepared;
    const isCompared = set.manifest.fingerprint !== 'none';
    const comparison = isCompared
      ? await compareObjects(target, prepared.indexFile, {
          room: roomOf(context),
          progress: context.progress,
        })
      : ({ level: 'none', units: 0, differences: [] } satisfies Comparison);
    const { files, bytes } = selection;
    return { target: url, comparison, totals: { files, bytes }, notes: await notesOf(prepared) };
  });

async function withTarget<T>(
  context: FilesContext,
  { target: given }: RestoreRequest,
  work: (target: TargetBucket) => Promise<T>,
): Promise<T> {
  const target = await openTarget(context, given ?? context.source.path);
  try {
    return await work(target);
  } catch (error) {
    throw unrestorable(target.url, error);
  } finally {
    target.close();
  }
}

interface Asked {
  readonly context: FilesContext;
  readonly request: RestoreRequest;
  readonly set: SetReader;
  readonly target: TargetBucket;
}

async function prepare({ context, request, set, target }: Asked): Promise<Preparation> {
  if (set.manifest.tool.name !== 'files-objects') throw notOfBucket(set.manifest.id, target.url);
  const fullIndex = await stageIndex(context, set);
  const selectionFile = `${fullIndex}.selected`;
  const { id } = set.manifest;
  const { only } = request;
  const step = { step: 'select', indexFile: fullIndex, set: id, only, selectionFile } as const;
  const selection = await runStep(context, step, selectResultSchema);
  const indexFile = only.length === 0 ? fullIndex : selectionFile;
  const sets = Object.keys(selection.filesBySet)
    .sort()
    .map((one) => setInChain(set, one));
  const obstacles = [
    ...ownObstacle(context, target.url),
    ...(await occupied(request, target, indexFile)),
    ...unmatched(request, selection),
  ];
  return { target, indexFile, selection, sets, obstacles };
}

const namedAtMost = 5;

/** Of a whole set any object stands in the way, of a selection those of the same keys. */
async function occupied(
  { only, overwrite }: RestoreRequest,
  target: TargetBucket,
  indexFile: string,
): Promise<Obstacle[]> {
  if (overwrite) return [];
  const wanted = only.length === 0 ? undefined : keysIn(indexFile);
  const there: string[] = [];
  for await (const key of target.keys()) {
    if (wanted === undefined || wanted.has(key)) there.push(key);
    if (there.length === namedAtMost) break;
  }
  if (there.length === 0) return [];
  return [
    {
      code: 'TARGET_NOT_EMPTY',
      detail: `${target.url} already holds ${there.join(', ')}`,
      fix: 'Add --overwrite to replace objects of the same keys, or --to another prefix.',
    },
  ];
}

function keysIn(indexFile: string): Set<string> {
  const keys = new Set<string>();
  for (const { object } of new IndexReader(indexFile))
    if (object !== undefined) keys.add(object.key);
  return keys;
}

interface Run extends Preparation, Asked {
  readonly target: TargetBucket;
}

const roomOf = (context: FilesContext): Room => new Room(roomSize(context));

async function readAll({ context, set, sets, indexFile }: Run): Promise<void> {
  for (const one of sets) {
    const { id } = one.manifest;
    const own = id === set.manifest.id;
    await readArchive(context, one, { step: 'extract', indexFile, set: id, own });
  }
}

async function putAll(run: Run): Promise<void> {
  const { context, request, set, selection } = run;
  const { target, indexFile } = run;
  const room = roomOf(context);
  const options = { target, indexFile, room, archive: streamNames.archive };
  let done = 0;
  for (const one of run.sets) {
    const own = one.manifest.id === set.manifest.id;
    done += (await refill({ ...options, replace: request.overwrite }, one, own)).files;
    context.progress({ phase: 'restore', done, total: selection.files, unit: 'files' });
  }
}

async function notesOf({ target, selection }: Preparation): Promise<string[]> {
  const { files, withoutContents } = selection;
  let others = -files;
  for await (const _ of target.keys()) others++;
  return [
    ...(withoutContents > 0 ? [`${withoutContents} objects could not be read at the time`] : []),
    ...(others > 0 ? [`${others} other objects below ${target.url} were left as they are`] : []),
  ];
}

const refusal = ({ code, detail, fix }: Obstacle): HoldfastError =>
  new TargetError(`Nothing was restored: ${detail}`, { code, hint: fix });

const notOfBucket = (id: string, url: string): TargetError =>
  new TargetError(`${id} is a backup of a directory and ${url} a bucket`, {
    code: 'TARGET_INVALID',
    hint: 'Restore to a directory: --to /srv/restored. A bucket has no modes, owners or links.',
  });
