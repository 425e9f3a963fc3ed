/** The engines that can build a scratch cluster, one line each. Known only to composition roots. */
import type { Rehearsal } from '../core/ports/rehearsal.ts';

export const rehearsals: Readonly<Record<string, () => Promise<Rehearsal>>> = {
  postgres: async () => (await import('./postgres/rehearsal/scratch-cluster.ts')).postgresRehearsal,
};
