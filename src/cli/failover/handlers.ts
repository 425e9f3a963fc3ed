/** The handlers of a failover's steps, each loaded at its first call. */

import type { FailoverFunction } from '../../core/contracts/machines.ts';
import type { FunctionHandler } from '../../runner/index.ts';
import type { LocalFailoverFunction } from '../../wiring/machines.ts';

type AnyFunction = FailoverFunction | LocalFailoverFunction;

const load: Readonly<Record<AnyFunction, () => Promise<unknown>>> = {
  lease: async () => (await import('../../../functions/failover/lease.ts')).handler,
  preflight: async () => (await import('../../../functions/failover/preflight.ts')).handler,
  assess: async () => (await import('../../../functions/failover/assess.ts')).handler,
  'ask-approval': async () => (await import('../../../functions/failover/ask-approval.ts')).handler,
  freeze: async () => (await import('../../../functions/failover/freeze.ts')).handler,
  fence: async () => (await import('../../../functions/failover/fence.ts')).handler,
  'catch-up': async () => (await import('../../../functions/failover/catch-up.ts')).handler,
  promote: async () => (await import('../../../functions/failover/promote.ts')).handler,
  reconcile: async () => (await import('../../../functions/failover/reconcile.ts')).handler,
  verify: async () => (await import('../../../functions/failover/verify.ts')).handler,
  'cut-over': async () => (await import('../../../functions/failover/cut-over.ts')).handler,
  propagate: async () => (await import('../../../functions/failover/propagate.ts')).handler,
  activate: async () => (await import('../../../functions/failover/activate.ts')).handler,
  smoke: async () => (await import('../../../functions/failover/smoke.ts')).handler,
  rebuild: async () => (await import('../../../functions/failover/rebuild.ts')).handler,
  'roll-back': async () => (await import('../../../functions/failover/roll-back.ts')).handler,
  check: async () => (await import('../../../functions/failover/check.ts')).handler,
  watch: async () => (await import('../../../functions/failover/watch.ts')).handler,
  drilled: async () => (await import('../../../functions/failover/drilled.ts')).handler,
  look: async () => (await import('../../../functions/failover/look.ts')).handler,
  'find-approval': async () =>
    (await import('../../../functions/failover/find-approval.ts')).handler,
  'approval-link': async () =>
    (await import('../../../functions/failover/approval-link.ts')).handler,
  report: async () => (await import('../../../functions/failover/report.ts')).handler,
};

export const failoverHandlers = (): [AnyFunction, FunctionHandler][] =>
  (Object.keys(load) as AnyFunction[]).map((name) => [
    name,
    async (event, context) => ((await load[name]()) as FunctionHandler)(event, context),
  ]);
