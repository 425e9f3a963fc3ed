/** RDS for PostgreSQL: what RDS does is asked of its API, everything else of the server by SQL, as of any other. */
import type { FailoverEngine } from '../../core/ports/failover-engine.ts';
import { postgresFailover } from '../postgres/failover/engine.ts';
import { fence } from './fence.ts';
import { measureLoss } from './loss.ts';
import { observe } from './observe.ts';
import { preflight } from './preflight.ts';
import { promote, withdrawPromotion } from './promote.ts';
import { rebuild } from './rebuild.ts';
import { unfence } from './unfence.ts';

const { distanceBytes, probeWrite, ask, catchUp, verifyWritable } = postgresFailover;

export const rdsPostgresFailover: FailoverEngine = {
  name: 'rds-postgres',
  ...{ distanceBytes, probeWrite, ask, catchUp, verifyWritable },
  ...{ observe, preflight, fence, unfence, promote, withdrawPromotion, measureLoss, rebuild },
};
