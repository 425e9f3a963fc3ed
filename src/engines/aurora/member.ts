/** A node as a member of its global database, and the ways to it by SQL. */

import { durationSeconds } from '../../core/config/values.ts';
import { FailoverError } from '../../core/errors.ts';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { type AuroraPlace, readCluster, readGlobal } from './api.ts';
import { type GlobalDatabase, type GlobalMember, memberOf } from './global-database.ts';

export type AuroraNode = ClusterNode & { readonly aurora: AuroraPlace };

/** Throws FailoverError AURORA_MISSING. */
export function auroraNode(node: ClusterNode): AuroraNode {
  const { managed } = node;
  if (managed === undefined || !('aurora' in managed)) throw withoutPlace(node);
  return { ...node, aurora: managed.aurora };
}

/** How long Aurora may be at a promotion before a run calls it stuck. */
export const patienceOf = ({ aurora }: AuroraNode): number => durationSeconds(aurora.promoteWithin);

export interface SeenMember {
  readonly global: GlobalDatabase;
  /** Undefined: the cluster is not of this global database. */
  readonly member: GlobalMember | undefined;
  /** The administrator's URL at the reader endpoint; undefined where there is none. */
  readonly readerUrl: string | undefined;
}

/** Asked in the node's own Region, within so many seconds. Rejects in the API's words. */
export async function seeMember(
  node: AuroraNode,
  seconds: number,
  signal: AbortSignal,
): Promise<SeenMember> {
  const limit = { seconds, signal };
  const [global, { reader }] = await Promise.all([
    readGlobal(node.aurora, limit),
    readCluster(node.aurora, limit),
  ]);
  const readerUrl = reader === undefined ? undefined : atHost(node.url, reader);
  return { global, member: memberOf(global, node.aurora), readerUrl };
}

/** The same, or why not. */
export const trySeeMember = (
  node: AuroraNode,
  seconds: number,
  signal: AbortSignal,
): Promise<SeenMember | string> =>
  seeMember(node, seconds, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    return wordsOf(error);
  });

/**
 * Where a session at the node is opened: at its own endpoint, and in a secondary, whose cluster endpoint is
 * inactive, at that of its readers.
 */
export const urlsOf = (node: AuroraNode, seen: SeenMember | string): readonly string[] =>
  typeof seen === 'string' || seen.member?.isWriter !== false || seen.readerUrl === undefined
    ? [node.url]
    : [node.url, seen.readerUrl];

function atHost(url: string, host: string): string {
  const moved = new URL(url);
  moved.hostname = host;
  return moved.href;
}

export const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const withoutPlace = ({ name }: ClusterNode): FailoverError =>
  new FailoverError(`${name} does not say which Aurora cluster it is`, {
    code: 'AURORA_MISSING',
    hint: 'Give the node `control: { aurora: { cluster, globalCluster, region } }`.',
  });
