/** What a drill of a failover works with. */
import type { ClusterConfig } from '../../core/config/cluster.ts';
import type { FailoverMode } from '../../core/failover/plan.ts';
import type { FailoverReport } from '../../core/failover/report.ts';
import type { Rehearsal, ScratchCluster } from '../../core/ports/rehearsal.ts';
import type { Signer } from '../../core/ports/signer.ts';
import type { RestoreOptions } from '../restore.ts';

/** How the executor of the state machine ended; `failure` where it left no report. */
export interface Executed {
  readonly report: FailoverReport | null;
  readonly failure: string | null;
}

export interface FailoverDrillOptions extends RestoreOptions {
  readonly cluster: { readonly name: string; readonly config: ClusterConfig };
  readonly mode: FailoverMode;
  readonly rehearsal: Rehearsal;
  readonly signer: Signer;
  readonly mark: Readonly<Record<string, string>>;
  /** Runs the state machine against the scratch cluster, as it runs in production. */
  readonly execute: (scratch: ScratchCluster) => Promise<Executed>;
}

export const phase = ({ progress }: Pick<FailoverDrillOptions, 'progress'>, name: string): void =>
  progress({ phase: name, done: 0, unit: 'steps' });
