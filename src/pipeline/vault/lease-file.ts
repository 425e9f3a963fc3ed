/** The files of a lease: `leases/<name>/<token>.json`. The highest token holds. */
import { z } from 'zod';
import { IntegrityError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { encodeDocument, findDocument } from './documents.ts';
import { leaseOwnerSchema } from './lease-owner.ts';

export const leaseFileSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  token: z.number().int().positive(),
  /** Makes two claims of one token differ: equal bytes would both succeed. */
  nonce: z.string(),
  owner: leaseOwnerSchema,
  ttlSeconds: z.number().positive(),
  /** Counts renewals: a change shows life whatever the clocks say. */
  renewal: z.number().int().nonnegative(),
  expiresAt: z.iso.datetime(),
  released: z.boolean(),
});
export type LeaseFile = z.infer<typeof leaseFileSchema>;

export async function leaseTokens(store: ObjectStore, name: string): Promise<number[]> {
  const tokens: number[] = [];
  const prefix = layout.leases(name);
  for await (const { key } of store.list(prefix)) {
    const [, token] = /^(\d{12})\.json$/.exec(key.slice(prefix.length)) ?? [];
    if (token !== undefined) tokens.push(Number(token));
  }
  return tokens;
}

export interface NewestLease {
  readonly token: number;
  /** `undefined` where its bytes are damaged. */
  readonly file: LeaseFile | undefined;
}

/** The holder's file, or that of the last one; `undefined` when the lease was never taken. */
export async function newestLease(
  store: ObjectStore,
  name: string,
): Promise<NewestLease | undefined> {
  const token = (await leaseTokens(store, name)).at(-1);
  if (token === undefined) return undefined;
  try {
    const found = await findDocument(store, layout.lease(name, token), leaseFileSchema);
    return { token, file: found?.value };
  } catch (error) {
    if (error instanceof IntegrityError) return { token, file: undefined };
    throw error;
  }
}

export async function writeLease(
  store: ObjectStore,
  file: LeaseFile,
  options: { readonly ifAbsent: boolean; readonly signal?: AbortSignal },
): Promise<void> {
  await store.put(layout.lease(file.name, file.token), encodeDocument(file), options);
}
