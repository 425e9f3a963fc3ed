/** A stored set as lists and answers show it. */
import { z } from 'zod';
import { backupTime } from '../core/backup-id.ts';
import { currentHold } from '../pipeline/hold.ts';
import { lastProof } from '../pipeline/sets/stored-sets.ts';
import type { StoredSet } from '../pipeline/vault/index.ts';
import { type Proof, proofSchema } from './output/shapes.ts';

export const setSummarySchema = z.object({
  id: z.string(),
  source: z.string(),
  /** The id's own: when the backup began. */
  time: z.iso.datetime(),
  state: z.enum(['committed', 'uncommitted', 'removed', 'damaged']),
  policy: z.string().optional(),
  method: z.string().optional(),
  /** The set that this one builds on. */
  parent: z.string().nullable().optional(),
  storedBytes: z.number().optional(),
  sourceBytes: z.number().optional(),
  rows: z.number().optional(),
  files: z.number().optional(),
  durationSeconds: z.number().optional(),
  partial: z.boolean().optional(),
  proof: proofSchema,
  /** The reason given with the hold. */
  held: z.string().optional(),
  problem: z.string().optional(),
  /** A set that this one builds on and that is missing, damaged or whose newest proof failed. */
  brokenBase: z.string().optional(),
});
export type SetSummary = z.infer<typeof setSummarySchema>;

export function summarize(set: StoredSet): SetSummary {
  const { id, source, state, manifest, problem } = set;
  const held = currentHold(set)?.reason;
  const base = { id, source, state, time: backupTime(id).toISOString(), proof: proofOf(set) };
  return {
    ...base,
    ...(manifest && figuresOf(manifest)),
    ...(held !== undefined && { held }),
    ...(problem && { problem: problem.message }),
  };
}

function figuresOf(manifest: NonNullable<StoredSet['manifest']>) {
  const { policy, method, parent, partial, totals, startedAt, finishedAt } = manifest;
  const durationSeconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  return { policy, method, parent, partial, ...totals, durationSeconds };
}

const proofs = [
  ['drilled', 'restored'],
  ['read', 'read'],
  ['checked', 'checked'],
] as const;

export function proofOf(set: StoredSet): Proof {
  if (set.state !== 'committed') return 'unverified';
  if (newestProof(set)?.attestation.passed === false) return 'failed';
  return proofs.find(([kind]) => lastProof(set, [kind]) !== undefined)?.[1] ?? 'unverified';
}

/** Under `fingerprint: none` a drill that went well is signed as not passed: it proves nothing. */
const newestProof = ({ attestations, manifestSha256, manifest }: StoredSet) =>
  attestations
    .filter(
      ({ verified, manifestSha256: about, attestation: { kind } }) =>
        verified &&
        about === manifestSha256 &&
        proofs.some(([proof]) => proof === kind) &&
        !(kind === 'drilled' && manifest?.fingerprint === 'none'),
    )
    .toSorted((a, b) => (a.attestation.at < b.attestation.at ? 1 : -1))[0];

/** `sets` are all of one source, in order of time. What a broken set carries is broken with it. */
export function markBroken(sets: readonly SetSummary[]): SetSummary[] {
  const broken = new Map<string, string>();
  const known = new Set(sets.map(({ id }) => id));
  return sets.map((set) => {
    if (set.state === 'damaged' || set.proof === 'failed') broken.set(set.id, set.id);
    const { parent } = set;
    if (parent === null || parent === undefined) return set;
    const brokenBase = known.has(parent) ? broken.get(parent) : parent;
    if (brokenBase === undefined) return set;
    broken.set(set.id, brokenBase);
    return { ...set, brokenBase };
  });
}
