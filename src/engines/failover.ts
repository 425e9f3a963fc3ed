/** The engines that know how to fail over: one line each. Known only to composition roots. */
import type { FailoverEngine } from '../core/ports/failover-engine.ts';
import { postgresFailover } from './postgres/failover/engine.ts';

export const failoverEngines: readonly FailoverEngine[] = [postgresFailover];
