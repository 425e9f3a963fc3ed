/** PostgreSQL as a failover sees it: streaming replication, managed by nobody else. */
import type {
  ClusterNode,
  FailoverEngine,
  WriteProbe,
} from '../../../core/ports/failover-engine.ts';
import { fence, unfence } from './fence.ts';
import { distanceBytes } from './lsn.ts';
import { atNode, withNode } from './node-session.ts';
import { observeNode } from './observe.ts';
import { preflight } from './preflight.ts';
import { measureLoss, rebuild } from './rebuild.ts';
import { catchUp, promote, verifyWritable } from './take-over.ts';
import { withdrawPromotion } from './withdraw.ts';

const probeSeconds = 2;
const smokeSeconds = 30;

export const postgresFailover: FailoverEngine = {
  name: 'postgres',
  observe: observeNode,
  distanceBytes,
  preflight,
  probeWrite,
  ask: async (application, node, { statement, signal }) => {
    const url = atNode(application, node.url);
    await withNode({ url, seconds: smokeSeconds, signal }, (session) => session.query(statement));
  },
  fence,
  unfence,
  catchUp,
  promote,
  withdrawPromotion,
  verifyWritable,
  measureLoss,
  rebuild,
};

/**
 * Takes a transaction id, which no standby gives and no setting forbids: a client that sets its session to read
 * and write could do the same. It needs no privilege and no table.
 */
async function probeWrite(
  application: string,
  node: ClusterNode,
  signal: AbortSignal,
): Promise<WriteProbe> {
  const url = atNode(application, node.url);
  try {
    const [row] = await withNode({ url, seconds: probeSeconds, signal }, async ({ query }) => {
      await query('begin; set transaction read write');
      const rows = await query<{ xid: string }>('select pg_current_xact_id()::text as xid');
      await query('commit');
      return rows;
    });
    return { accepted: true, seen: `transaction ${row?.xid}` };
  } catch (error) {
    signal.throwIfAborted();
    return { accepted: false, seen: error instanceof Error ? error.message : String(error) };
  }
}
