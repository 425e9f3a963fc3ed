/** The slot of a scheduled run: whoever claims it first does the run, once. */
import { z } from 'zod';
import { layout } from '../../core/layout.ts';
import { encodeDocument, hasCode, readDocument } from './documents.ts';
import type { Vault } from './vault.ts';

export interface RunClaim {
  readonly source: string;
  readonly policy: string;
  /** ISO time of the schedule. */
  readonly scheduledTime: string;
  readonly execution: string;
  /** Whether an execution that claimed the slot has ended without a result; absent: never. */
  readonly isDead?: (execution: string) => Promise<boolean>;
}

const slotSchema = z.strictObject({ execution: z.string() });

/**
 * True when the slot is this execution's, now or from an earlier attempt of the same step. A dead
 * execution's slot is taken again as `<time>.2`, `<time>.3`, …
 */
export async function claimRun(vault: Vault, claim: RunClaim): Promise<boolean> {
  const { key, number } = await newestSlot(vault, claim);
  if (number > 0) {
    const holder = await readDocument(vault.store, key, slotSchema);
    if (holder.value.execution === claim.execution) return true;
    if (!(await claim.isDead?.(holder.value.execution))) return false;
  }
  const bytes = encodeDocument({ execution: claim.execution });
  try {
    await vault.store.put(slotKey(claim, number + 1), bytes, { ifAbsent: true });
    return true;
  } catch (error) {
    if (hasCode(error, 'OBJECT_EXISTS')) return false;
    throw error;
  }
}

async function newestSlot(vault: Vault, claim: RunClaim): Promise<{ key: string; number: number }> {
  let number = 0;
  while (await vault.store.head(slotKey(claim, number + 1))) number += 1;
  return { key: slotKey(claim, number), number };
}

function slotKey({ source, policy, scheduledTime }: RunClaim, number: number): string {
  const key = layout.run(source, policy, scheduledTime);
  return number === 1 ? key : `${key}.${number}`;
}
