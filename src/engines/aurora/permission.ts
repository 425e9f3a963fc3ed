/**
 * Whether the promotion would be allowed. RDS knows no dry run: it is asked for with a cluster that does not exist,
 * and who may not ask is told so before the cluster is looked for. Nothing can come of it.
 */
import { isService } from '../rds/service-failure.ts';
import { askToPromote, type Promote } from './api.ts';
import { type AuroraNode, wordsOf } from './member.ts';

/** A policy that names clusters one by one has to name this one as well. */
export const probedCluster = 'holdfast-permission-probe';

/** What is refused, a line each: what was looked for was allowed. `arn`: of the real one. */
export async function mayPromote(
  node: AuroraNode,
  arn: string,
  signal: AbortSignal,
): Promise<string[]> {
  const target = arn.replace(/[^:]+$/, probedCluster);
  const kinds: readonly Promote[] = ['switchover', 'failover'];
  const asked = kinds.map(async (kind) => {
    const answer = await askToPromote(node.aurora, { kind, target }, { signal }).then(
      () => new Error('it took a cluster that does not exist'),
      (error: unknown) => error,
    );
    return isService(answer, 'RDS_NOT_FOUND', 'RDS_STATE') ? [] : [wordsOf(answer)];
  });
  return (await Promise.all(asked)).flat();
}
