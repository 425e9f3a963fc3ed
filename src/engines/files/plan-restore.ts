/** Looks before a restore leaps: what it takes, what stands in the way, what it will do. */
import { lstatSync } from 'node:fs';
import { TargetError } from '../../core/errors.ts';
import type { RestorePlan, RestoreRequest, SetReader } from '../../core/ports/engine.ts';
import { isBucket } from './objects/bucket.ts';
import { type Obstacle, unmatched } from './obstacles.ts';
import { setInChain, stageIndex } from './read.ts';
import { type SelectResult, selectResultSchema } from './restore/result.ts';
import { ownPathsIn } from './source-root.ts';
import { inspectTarget, type Target } from './target.ts';
import { type FilesContext, runStep } from './tools.ts';

/** `rename`: the tree takes the target's place; `merge`: its entries are moved into the target. */
export type Placing = 'rename' | 'merge';

export interface Preparation {
  readonly target: Target;
  /** Index of what is restored. */
  readonly indexFile: string;
  readonly selection: SelectResult;
  /** Oldest first. */
  readonly sets: readonly SetReader[];
  readonly whole: boolean;
  readonly placing: Placing;
  readonly obstacles: readonly Obstacle[];
}

export async function prepareRestore(
  context: FilesContext,
  request: RestoreRequest,
  set: SetReader,
): Promise<Preparation> {
  const target = await inspectTarget(context, request);
  const fullIndex = await stageIndex(context, set);
  const selectionFile = `${fullIndex}.selected`;
  const { id } = set.manifest;
  const selection = await runStep(
    context,
    { step: 'select', indexFile: fullIndex, set: id, only: request.only, selectionFile },
    selectResultSchema,
  );
  const ids = Object.keys(selection.filesBySet).sort();
  const whole = request.only.length === 0;
  const merges = !target.replaceable || (!whole && target.state === 'occupied');
  const facts = { target, selection, whole, placing: merges ? 'merge' : 'rename' } as const;
  return {
    ...facts,
    indexFile: whole ? fullIndex : selectionFile,
    sets: ids.map((one) => setInChain(set, one)),
    obstacles: [
      ...(await own(context, facts)),
      ...occupied(request, facts),
      ...unfit(facts),
      ...unmatched(request, selection),
    ],
  };
}

type Facts = Pick<Preparation, 'target' | 'selection' | 'whole' | 'placing'>;

/** Replacing a directory that holds the vault would delete the very backup. */
async function own(context: FilesContext, { target, whole }: Facts): Promise<Obstacle[]> {
  if (target.state !== 'occupied' || !whole) return [];
  const inside = await ownPathsIn(context, target.path).catch(() => ['.']);
  if (inside.length === 0) return [];
  return [
    {
      code: 'TARGET_HOLDS_VAULT',
      detail: `${target.path} holds Holdfast's own ${inside.join(', ')}`,
      fix: 'Restore elsewhere with --to, then move what you need.',
    },
  ];
}

function occupied({ overwrite }: RestoreRequest, { target, whole, selection }: Facts): Obstacle[] {
  if (target.state !== 'occupied' || overwrite) return [];
  const there = whole ? ['files'] : selectedThatExist(target.path, selection);
  if (there.length === 0) return [];
  const seen = whole ? 'is not empty' : `already holds ${there.slice(0, 5).join(', ')}`;
  return [
    {
      code: 'TARGET_NOT_EMPTY',
      detail: `${target.path} ${seen}`,
      fix: 'Add --overwrite to replace it, or --to another directory.',
    },
  ];
}

function selectedThatExist(path: string, { selected }: SelectResult): string[] {
  const root = Buffer.from(`${path}/`);
  const there: string[] = [];
  for (const encoded of selected) {
    const name = Buffer.from(encoded, 'base64');
    const stats = lstatSync(Buffer.concat([root, name]), { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isDirectory()) there.push(name.toString());
  }
  return there;
}

function unfit({ target, selection }: Facts): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (!target.writable && target.state !== 'absent' && !target.replaceable) {
    obstacles.push(denied(target.path));
  } else if (!target.writable && target.state === 'absent') {
    obstacles.push(denied(target.existing));
  }
  if (target.freeBytes < selection.allocatedBytes) {
    obstacles.push({
      code: 'TARGET_FULL',
      detail: `${target.existing} has ${target.freeBytes} bytes free, ${selection.allocatedBytes} are needed`,
      fix: 'Free space there, or restore elsewhere with --to.',
    });
  }
  return obstacles;
}

const denied = (path: string): Obstacle => ({
  code: 'TARGET_DENIED',
  detail: `${path} cannot be written`,
  fix: `Run Holdfast as a user who may write ${path}.`,
});

/** Throws the first obstacle as TargetError. */
export function refuseObstacles({ obstacles }: Preparation): void {
  const [first] = obstacles;
  if (first === undefined) return;
  throw new TargetError(`Nothing was restored: ${first.detail}`, {
    code: first.code,
    hint: first.fix,
  });
}

export async function planFilesRestore(
  context: FilesContext,
  request: RestoreRequest,
  set: SetReader,
): Promise<RestorePlan> {
  if (isBucket(request.target ?? context.source.path)) {
    const { planObjects } = await import('./objects/restore.ts');
    return planObjects(context, request, set);
  }
  const prepared = await prepareRestore(context, request, set);
  const { target, selection, obstacles } = prepared;
  const errors = obstacles.map(({ detail, fix }) => ({
    subject: target.path,
    level: 'error' as const,
    detail,
    fix,
  }));
  const leftovers = target.leftovers.map((path) => ({
    subject: path,
    level: 'warning' as const,
    detail: 'left by an interrupted restore; `old` in it is what was there before',
    fix: `After a look: rm -rf ${path}`,
  }));
  const room = {
    subject: target.path,
    level: 'ok' as const,
    detail: `${selection.files} files, ${selection.allocatedBytes} bytes; ${target.freeBytes} bytes free`,
  };
  return {
    target: target.path,
    findings: [...errors, ...leftovers, ...(errors.length === 0 ? [room] : [])],
    actions: actionsOf(prepared),
  };
}

function actionsOf({ target, selection, sets, placing, whole }: Preparation): string[] {
  const takes = sets.map(
    ({ manifest: { id } }) => `take ${selection.filesBySet[id]} files from ${id}`,
  );
  const puts =
    placing === 'merge'
      ? `move ${whole ? 'everything' : 'the selected entries'} into ${target.path}`
      : target.state === 'occupied'
        ? `replace ${target.path} whole: what it holds now and the set does not is removed`
        : `put the tree at ${target.path}`;
  return [...takes, 'compare every entry with the index, read back from disk', puts];
}
