/** Redis and Valkey as a failover sees them: one primary with replicas, managed by nobody else. */
import { FailoverError } from '../../../core/errors.ts';
import type {
  ClusterNode,
  FailoverEngine,
  WriteProbe,
} from '../../../core/ports/failover-engine.ts';
import { fence, unfence } from './fence.ts';
import { measureLoss } from './loss.ts';
import { atNode, probeKeyOf, withNode } from './node-session.ts';
import { observeNode, wordsOf } from './observe.ts';
import { distanceBytes } from './position.ts';
import { preflight } from './preflight.ts';
import { rebuild } from './rebuild.ts';
import { catchUp, promote, verifyWritable } from './take-over.ts';
import { withdrawPromotion } from './withdraw.ts';

const probeSeconds = 2;
const smokeSeconds = 30;

export const redisFailover: FailoverEngine = {
  name: 'redis',
  observe: observeNode,
  distanceBytes,
  preflight,
  probeWrite,
  ask: async (application, node, { statement, signal }) => {
    const url = atNode(application, node.url);
    await withNode({ url, seconds: smokeSeconds, signal }, (session) =>
      session.text(...statement.trim().split(/\s+/)),
    );
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

/** Writes a key of its own and takes it away: its life is short where the second does not come. */
async function probeWrite(
  application: string,
  node: ClusterNode,
  signal: AbortSignal,
): Promise<WriteProbe> {
  const url = atNode(application, node.url);
  const key = probeKeyOf(application);
  try {
    const seen = await withNode({ url, seconds: probeSeconds, signal }, async (session) => {
      const answer = await session.text('SET', key, 'probe', 'PX', '60000');
      await session.text('DEL', key).catch(() => undefined);
      return answer;
    });
    return { accepted: true, seen: `SET ${key}: ${seen}` };
  } catch (error) {
    signal.throwIfAborted();
    const seen = wordsOf(error);
    if (/^(NOPERM|NOAUTH|WRONGPASS)\b/.test(seen)) throw notAllowed(node, seen);
    return { accepted: false, seen };
  }
}

/** Whoever may not write there at all is refused by every server, fenced or not. */
const notAllowed = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`the application's user may not write the probe at ${name}: ${seen}`, {
    code: 'PROBE_NOT_ALLOWED',
    hint: 'Name a key that it may write: redis://…/0?probe=KEY; or mend its password and its ACL.',
  });
