/**
 * The vault's port: bytes under keys. Three adapters (directory, S3, memory), one conformance suite.
 *
 * Contract
 * - Keys are `/`-separated, `[A-Za-z0-9._=:-]+` per segment, never `.` or `..`.
 * - A write is durable when its promise resolves and visible only whole.
 * - `put` and `Upload.complete` with `ifAbsent` never replace: on an existing key they compare; equal
 *   bytes are success (a repeated step), others reject with StoreError `OBJECT_EXISTS`.
 * - `get`/`head` of a missing key: `undefined` from `head`, StoreError `OBJECT_MISSING` from `get`.
 * - A key is never also a folder of other keys.
 * - Transient faults are retried inside the adapter; what it throws is final unless `retryable`.
 * - StoreError codes: OBJECT_EXISTS, OBJECT_MISSING, OBJECT_LOCKED, OBJECT_CHANGED (`ifMatch`),
 *   OBJECT_ARCHIVED (a cold tier), STORE_FULL, STORE_DENIED, STORE_UNREACHABLE, STORE_MISSING (no such
 *   bucket), STORE_UNSUPPORTED, STORE_REFUSED (anything else), STORE_CORRUPT (bytes differ from their
 *   checksum), KEY_INVALID, UPLOAD_INVALID (parts missing, of a wrong size, or sent after `abort`).
 */
import type { ColdTier, Retrieval } from '../thaw.ts';

export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  readonly etag?: string;
  readonly versionId?: string;
  /**
   * As `core/checksum.ts` makes it. Given by writes, and by `head` where the store keeps it (S3).
   * A directory keeps none: whoever wants to compare reads the object.
   */
  readonly checksum?: string;
  readonly lockedUntil?: Date;
  /** Of `list` and `head`: the archive tier that it lies in, where it is read only after `thaw`. */
  readonly coldTier?: ColdTier;
  /** Of `list`: only `head` tells whether it lies in one. */
  readonly mayBeCold?: true;
}

/** What a write answers. */
export interface WrittenObject extends ObjectInfo {
  readonly checksum: string;
}

export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface GetOptions {
  /** Past the end of the object there is nothing: fewer bytes, or none, come back. */
  readonly range?: ByteRange;
  /** The `etag` of an earlier answer; another object under the key rejects with OBJECT_CHANGED. */
  readonly ifMatch?: string;
  /** That version; one of another store is missing here (OBJECT_MISSING). */
  readonly versionId?: string;
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  /** Create-only when true; otherwise the object is replaced. */
  readonly ifAbsent: boolean;
  /** Keep from deletion until then, where the store can (Object Lock). */
  readonly lockUntil?: Date;
  readonly signal?: AbortSignal;
}

/** One upload in parts of a fixed size; the last may be smaller. Parts may be sent at the same time. */
export interface Upload {
  /**
   * `n` from 0; `sha256` is the part's raw digest, and the store refuses bytes that differ; absent, the
   * store makes it, once. The bytes must not change until the promise settles; afterwards the buffer is
   * the caller's again.
   */
  part(n: number, bytes: Uint8Array, sha256?: Uint8Array): Promise<void>;
  /** Commits all parts at once; safe to repeat. Rejects as `put` does when the key exists. */
  complete(): Promise<WrittenObject>;
  /** Removes what was sent; safe to repeat, and after `complete` does nothing. */
  abort(): Promise<void>;
}

export interface ThawRequest {
  readonly retrieval: Retrieval;
  /** How long the copy stays readable, counted from when it is. */
  readonly days: number;
  readonly signal?: AbortSignal;
}

export type ThawProgress = 'ready' | 'waiting';

export interface ObjectStore {
  /** Shown to people: `file:///var/backups/holdfast`, `s3://bucket/prefix`. Never holds a secret. */
  readonly url: string;
  /** Whether `lockUntil` and `extendLock` are honoured. */
  readonly locks: boolean;
  /** Bytes of the caller's own: nobody else reads or changes them later. */
  get(key: string, options?: GetOptions): Promise<Uint8Array>;
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  put(key: string, bytes: Uint8Array, options: PutOptions): Promise<WrittenObject>;
  upload(key: string, options: PutOptions & { readonly partSizeBytes: number }): Promise<Upload>;
  /** In key order, paginated inside. `after` is exclusive. */
  list(
    prefix: string,
    options?: { after?: string; signal?: AbortSignal },
  ): AsyncIterable<ObjectInfo>;
  /** The next path segments under `prefix`, without listing what is below them. */
  listFolders(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
  /** Missing is success. A locked object rejects with OBJECT_LOCKED. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Never shortens. A no-op where `locks` is false. */
  extendLock(key: string, until: Date): Promise<void>;
  /**
   * Asks for a readable copy of what lies in an archive tier; safe to repeat. `ready`: it can be read
   * now, as everything in a store without such tiers. Rejects with OBJECT_MISSING.
   */
  thaw(key: string, request: ThawRequest): Promise<ThawProgress>;
  /** Removes unfinished uploads and temporary files older than `before`; returns how many. */
  sweepUploads(prefix: string, before: Date): Promise<number>;
  /** What `check` says: reachable, create-only honoured, versioning and lock state, missing permissions. */
  probe(): Promise<ProbeReport>;
  /** Of `probe`: whether data moves to colder tiers as configured. Only reads; empty without such tiers. */
  probeTiers(): Promise<readonly ProbeFinding[]>;
  /** Ends sockets. */
  close(): Promise<void>;
}

export interface ProbeReport {
  readonly findings: readonly ProbeFinding[];
}

export interface ProbeFinding {
  readonly subject: string;
  readonly level: 'ok' | 'warning' | 'error';
  readonly detail: string;
  /** The SQL, policy or command that mends it. */
  readonly fix?: string;
}
