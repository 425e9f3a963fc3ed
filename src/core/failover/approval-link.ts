/** A link that approves one plan of one run: signed, so that nobody can make another of it, and good for a while. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { nameSchema } from '../config/values.ts';
import { UsageError } from '../errors.ts';

export interface ApprovalLink {
  readonly cluster: string;
  readonly epoch: number;
  readonly planHash: string;
  /** Unix time, in seconds. */
  readonly expires: number;
}

const shortestKey = 32;

/** A query string. Throws UsageError APPROVAL_KEY_SHORT. */
export function signLink(link: ApprovalLink, key: string): string {
  const { cluster, epoch, planHash, expires } = link;
  return new URLSearchParams({
    cluster,
    epoch: String(epoch),
    plan: planHash,
    expires: String(expires),
    signature: signatureOf(link, key),
  }).toString();
}

const querySchema = z.object({
  cluster: nameSchema,
  epoch: z.coerce.number().int().positive(),
  plan: z.string().regex(/^[0-9a-f]{16}$/),
  expires: z.coerce.number().int().positive(),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
});

export type LinkVerdict =
  | { readonly good: true; readonly link: ApprovalLink }
  | { readonly good: false; readonly because: 'forged' | 'expired' };

/** What is not signed with this key is forged, whatever it says. Throws UsageError APPROVAL_KEY_SHORT. */
export function readLink(query: string, key: string, now: Date): LinkVerdict {
  const parsed = querySchema.safeParse(Object.fromEntries(new URLSearchParams(query)));
  if (!parsed.success) return { good: false, because: 'forged' };
  const { plan: planHash, signature, ...rest } = parsed.data;
  const link = { ...rest, planHash };
  const own = Buffer.from(signatureOf(link, key), 'hex');
  if (!timingSafeEqual(own, Buffer.from(signature, 'hex')))
    return { good: false, because: 'forged' };
  if (link.expires * 1000 <= now.getTime()) return { good: false, because: 'expired' };
  return { good: true, link };
}

function signatureOf({ cluster, epoch, planHash, expires }: ApprovalLink, key: string): string {
  if (key.length < shortestKey) throw tooShort(key.length);
  const facts = ['holdfast-approval-v1', cluster, epoch, planHash, expires].join('\n');
  return createHmac('sha256', key).update(facts).digest('hex');
}

const tooShort = (length: number): UsageError =>
  new UsageError(`the key of approval links has ${length} characters; at least ${shortestKey}`, {
    code: 'APPROVAL_KEY_SHORT',
    hint: 'Make one: openssl rand -hex 32, and put it where `approval.link` says.',
  });
