/** Where the newest run of a cluster stands, read from its claim and its records. */
import { z } from 'zod';
import type { Vault } from '../vault/index.ts';
import { newestClaim } from './claim.ts';
import { readStep, readSteps, type StepRecord } from './records.ts';

export const approvalSchema = z.object({
  planHash: z.string(),
  token: z.string(),
  expiresAt: z.iso.datetime(),
});

export interface RunStatus {
  readonly epoch: number | null;
  readonly execution: string | null;
  /** `running`, or the outcome. */
  readonly state: string;
  /** The plan's hash, while a person is asked. */
  readonly waitsFor: string | null;
  readonly steps: StepRecord[];
}

export type Place = Pick<Vault, 'store' | 'leaseStore' | 'now'>;

export async function runStatus(vault: Place, cluster: string): Promise<RunStatus> {
  const claim = await newestClaim(vault.leaseStore, cluster);
  if (claim === undefined) {
    return { epoch: null, execution: null, state: 'none', waitsFor: null, steps: [] };
  }
  const { epoch, execution, ended } = claim;
  const steps = await readSteps(vault.store, { cluster, epoch });
  const asked = ended === null ? await openApproval(vault, { cluster, epoch }) : undefined;
  return { epoch, execution, state: ended ?? 'running', waitsFor: asked?.planHash ?? null, steps };
}

/** The question of a run that nobody has answered yet. */
export async function openApproval(
  { store, now }: Place,
  run: { readonly cluster: string; readonly epoch: number },
): Promise<z.infer<typeof approvalSchema> | undefined> {
  const asked = await readStep(store, { ...run, step: 'approval' }, approvalSchema);
  if (asked === undefined || new Date(asked.expiresAt) < now()) return undefined;
  const answered = await readStep(store, { ...run, step: 'freeze' }, z.unknown());
  return answered === undefined ? asked : undefined;
}
