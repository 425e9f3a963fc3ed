/** The engines that know how to fail over: one line each, loaded when one does. Known only to composition roots. */
import type { FailoverEngine } from '../core/ports/failover-engine.ts';

export const failoverEngines: Readonly<Record<string, () => Promise<FailoverEngine>>> = {
  postgres: async () => (await import('./postgres/failover/engine.ts')).postgresFailover,
  'aurora-postgres': async () => (await import('./aurora/engine.ts')).auroraFailover,
  'rds-postgres': async () => (await import('./rds/engine.ts')).rdsPostgresFailover,
  redis: async () => (await import('./redis/failover/engine.ts')).redisFailover,
};
