/**
 * The manifest: the commit point of a set. Written last, create-only, canonical JSON.
 * What grows (row counts, a hash per file) lies in the encrypted `index` stream, named by hash.
 */
import { z } from 'zod';
import { backupIdSchema } from './backup-id.ts';

export const formatVersion = 1;
const count = z.number().int().nonnegative();
const instant = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One stored object: `data/<source>/<id>/<stream>.<n>`, an AWS Encryption SDK message. */
export const storedObjectSchema = z.strictObject({
  key: z.string(),
  sizeBytes: count,
  /** SHA-256 of the stored bytes, hex. */
  sha256,
  /** SHA-256 over those of the parts, as S3 keeps it (core/checksum.ts). */
  checksum: z.string(),
  versionId: z.string().optional(),
  partSizeBytes: count.positive(),
});
export type StoredObject = z.infer<typeof storedObjectSchema>;

/** A stream is cut into objects of at most 8 GiB; concatenated they are one zstd stream. */
export const storedStreamSchema = z.strictObject({
  /** Unique in the set, `[a-z0-9._-]+`. */
  name: z.string().regex(/^[a-z0-9._-]{1,120}$/),
  /** What the engine uses it for: `schema`, `data`, `rest`, `globals`, `archive`, `index`. */
  role: z.string(),
  /** The database (or other unit) it belongs to, as the engine names it. */
  unit: z.string().optional(),
  compression: z.enum(['zstd', 'none']),
  objects: z.array(storedObjectSchema).min(1),
});
export type StoredStream = z.infer<typeof storedStreamSchema>;

export const totalsSchema = z.strictObject({
  storedBytes: count,
  /** Size at the source before compression, as far as the engine knows it. */
  sourceBytes: count.optional(),
  rows: count.optional(),
  files: count.optional(),
});
export type Totals = z.infer<typeof totalsSchema>;

export const manifestBodySchema = z.strictObject({
  format: z.literal(formatVersion),
  vault: z.string(),
  id: backupIdSchema,
  source: z.string(),
  policy: z.string(),
  engine: z.string(),
  kind: z.enum(['database', 'files', 'config']),
  method: z.string(),
  /** The set that an incremental builds on. */
  parent: backupIdSchema.nullable(),
  execution: z.string(),
  startedAt: instant,
  finishedAt: instant,
  server: z.strictObject({ version: z.string(), identity: z.string() }),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  holdfast: z.string(),
  streams: z.array(storedStreamSchema),
  fingerprint: z.enum(['rows', 'checksum', 'none']),
  /** Log positions by name: `lsn`, `gtid`. */
  positions: z.record(z.string(), z.string()),
  partial: z.boolean(),
  /** Why the set is partial, at most 20 lines; the full list is in the index. */
  partialReasons: z.array(z.string()).max(20),
  totals: totalsSchema,
});
export type ManifestBody = z.infer<typeof manifestBodySchema>;

/** `tag` is base64 HMAC-SHA256 over the canonical body, under HKDF-SHA256(set key, `holdfast-manifest-v1`). */
export const manifestSchema = manifestBodySchema.extend({ tag: z.string() });
export type Manifest = z.infer<typeof manifestSchema>;

/** All stored objects of a set. */
export const manifestObjects = (manifest: Pick<ManifestBody, 'streams'>): StoredObject[] =>
  manifest.streams.flatMap((stream) => stream.objects);
