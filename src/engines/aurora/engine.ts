/** A global database of Aurora PostgreSQL as a failover sees it: a node is a DB cluster, in its Region. */
import type { ClusterNode, FailoverEngine, WriteProbe } from '../../core/ports/failover-engine.ts';
import { postgresFailover } from '../postgres/failover/engine.ts';
import { fence, unfence } from './fence.ts';
import { auroraNode, trySeeMember, urlsOf } from './member.ts';
import { observeNode } from './observe.ts';
import { preflight } from './preflight.ts';
import { measureLoss, rebuild } from './rebuild.ts';
import { distance } from './status.ts';
import { catchUp, promote, verifyWritable } from './take-over.ts';
import { withdrawPromotion } from './withdraw.ts';

const apiSeconds = 2;

export const auroraFailover: FailoverEngine = {
  name: 'aurora-postgres',
  observe: observeNode,
  /** Positions are ordered, and nothing more is documented of them: only its sign means anything. */
  distanceBytes: distance,
  preflight,
  probeWrite,
  ask: postgresFailover.ask,
  fence,
  unfence,
  catchUp,
  promote,
  withdrawPromotion,
  verifyWritable,
  measureLoss,
  rebuild,
};

/** At each endpoint of the cluster that could serve: accepted at one is accepted. */
async function probeWrite(
  application: string,
  node: ClusterNode,
  signal: AbortSignal,
): Promise<WriteProbe> {
  const member = auroraNode(node);
  const probe = (url: string) => postgresFailover.probeWrite(application, { ...node, url }, signal);
  const own = probe(node.url);
  const [, ...readers] = urlsOf(member, await trySeeMember(member, apiSeconds, signal));
  const probes = await Promise.all([own, ...readers.map(probe)]);
  const seen = probes.map((each) => each.seen).join('; ');
  return probes.find(({ accepted }) => accepted) ?? { accepted: false, seen };
}
