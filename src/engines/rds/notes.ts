/**
 * What has to be known to undo a fence and to reconcile a promotion, as tags of the instance itself: any process
 * finds it there, in the Region where it is needed.
 */
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { apiOf, type Instance } from './instance.ts';

export const notes = {
  /** Its security groups before the fence, by spaces. */
  fencedFrom: 'holdfast:fenced-from',
  /** Beyond this position no client has written. */
  fencedAt: 'holdfast:fenced-at',
  /** Put before a promotion is asked for: what the replica had replayed. */
  promotionAsked: 'holdfast:promotion-asked',
  /** The identifier that another instance has now. */
  replaced: 'holdfast:replaced',
} as const;

export type Note = (typeof notes)[keyof typeof notes];

export const noteOf = ({ tags }: Instance, note: Note): string | undefined => tags.get(note);

export async function putNote(
  node: ClusterNode,
  { id, arn }: Pick<Instance, 'id' | 'arn'>,
  [Key, Value]: readonly [Note, string],
  signal: AbortSignal,
): Promise<void> {
  const input = { ResourceName: arn, Tags: [{ Key, Value }] };
  await apiOf(node).ask({ action: `AddTagsToResource of ${id}`, signal }, (rds, options) =>
    rds.addTagsToResource(input, options),
  );
}

export async function dropNotes(
  node: ClusterNode,
  { id, arn }: Pick<Instance, 'id' | 'arn'>,
  keys: readonly Note[],
  signal: AbortSignal,
): Promise<void> {
  const input = { ResourceName: arn, TagKeys: [...keys] };
  await apiOf(node).ask({ action: `RemoveTagsFromResource of ${id}`, signal }, (rds, options) =>
    rds.removeTagsFromResource(input, options),
  );
}
