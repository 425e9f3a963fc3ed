/** Parts that several answers share: zod schemas of the JSON, and their lines for people. */
import { z } from 'zod';
import { errorReportSchema } from '../../core/contracts/results.ts';

export const errorSchema = errorReportSchema;

/** How far a set is proved; `failed` where the newest proof that was tried did not hold. */
export const proofSchema = z.enum(['failed', 'unverified', 'checked', 'read', 'restored']);
export type Proof = z.infer<typeof proofSchema>;

/** What a proof means, said with the word itself. */
export const proofText: Readonly<Record<Proof, string>> = {
  failed: 'FAILED: see `holdfast show`',
  unverified: 'unverified',
  checked: 'checked, not restored yet',
  read: 'read to the end, not restored yet',
  restored: 'restored and compared',
};
