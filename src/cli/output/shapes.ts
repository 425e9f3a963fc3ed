/** Parts that several answers share: zod schemas of the JSON, and their lines for people. */
import { z } from 'zod';
import { errorReportSchema } from '../../core/contracts.ts';
import type { ErrorReport } from '../../core/errors.ts';
import type { Screen } from './screen.ts';

export const errorSchema = errorReportSchema;
export type ErrorShape = z.infer<typeof errorSchema>;

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

/** `orders: failed: what was seen` with what to do next. */
export function failureLines(
  source: string,
  { message, hint }: ErrorReport | ErrorShape,
  screen: Screen,
): string {
  const next = hint === undefined ? '' : `\n  next: ${hint}`;
  return `${screen.paint('red', 'FAILED')} ${source}: ${message}${next}`;
}
