/**
 * One kind of source: a database, a directory, a configuration store. An engine knows its tools and
 * its data; it never sees a vault, a key or a network store: bytes leave by a `DumpSink` and come back
 * by a `SetReader`, both implemented by the pipeline. Engines are stateless values.
 */
import type { z } from 'zod';
import type { Fingerprint, SourceBase } from '../config/source.ts';
import type { Manifest, StoredStream } from '../manifest.ts';
import type { ProbeFinding } from './store.ts';

/** A program to run. Secrets go by `env` or by files under `scratchDir`, never by argv. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** uid/gid to run as, where root must not. */
  readonly uid?: number;
  readonly gid?: number;
}

/** `total` may be unknown; `unit` is `bytes`, `rows` or `files`. */
export type Progress = (update: ProgressUpdate) => void;

export interface ProgressUpdate {
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
}

export interface EngineContext<S extends SourceBase = SourceBase> {
  readonly name: string;
  readonly source: S;
  /** Resolves a reference (`env:…`, `file:…`, `ssm:…`, `secretsmanager:…`) at the moment of use. */
  secret(reference: string): Promise<string>;
  /** Private (0700), empty, removed afterwards. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly progress: Progress;
  readonly log: (line: string, fields?: Record<string, unknown>) => void;
  /** argv prefix that runs one of Holdfast's own helper programs (`files-archive`): see wiring/programs.ts. */
  helper(name: string): readonly [string, ...string[]];
  readonly limits: { readonly concurrency: number };
  /** Directories of Holdfast's own (a vault, `.holdfast`): never part of a source, never replaced by a restore. */
  readonly ownPaths?: readonly string[];
  /** `s3://bucket/prefix` of every vault and of the leases: the same. */
  readonly ownBuckets?: readonly string[];
}

export interface StreamSpec {
  readonly name: string;
  readonly role: string;
  readonly unit?: string;
}

/**
 * Takes streams and stores them compressed, encrypted, hashed, in parts. Several may run at once.
 * A rejected promise means the whole dump has failed: the sink aborts everything else.
 */
export interface DumpSink {
  /** The program's stdout, by OS pipe. Rejects (ToolError) unless it exits 0 with some output. */
  command(spec: StreamSpec, command: Command): Promise<StoredStream>;
  /** Bytes made in this process: small things, such as globals and the index. */
  bytes(
    spec: StreamSpec,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<StoredStream>;
}

export interface ParentSet {
  readonly manifest: Manifest;
  readonly reader: SetReader;
}

export interface DumpRequest {
  readonly method: string;
  readonly fingerprint: Fingerprint;
  /** The newest usable set of the chain, for methods that build on one. */
  readonly parent?: ParentSet;
}

export interface DumpSummary {
  readonly method: string;
  /** True when `parent` was built upon. */
  readonly usedParent: boolean;
  readonly server: Manifest['server'];
  readonly tool: Manifest['tool'];
  readonly positions: Readonly<Record<string, string>>;
  readonly totals: { sourceBytes?: number; rows?: number; files?: number };
  /** Non-empty makes the set partial. */
  readonly partialReasons: readonly string[];
}

/** Reads a committed set; hashes and authenticity are checked before the last byte is given. */
export interface SetReader {
  readonly manifest: Manifest;
  readonly parent: SetReader | undefined;
  stream(name: string): StoredStream | undefined;
  /** Plain (decrypted, decompressed) bytes. */
  open(name: string): AsyncIterable<Uint8Array>;
  /** Feeds the plain bytes to a program's stdin; rejects unless it exits 0. Its stdout is given back (at most 1 MiB). */
  pipe(name: string, command: Command): Promise<{ stdout: string }>;
  /** Feeds a program's stdin and yields its stdout as it comes. */
  transform(name: string, command: Command): AsyncIterable<Uint8Array>;
  /** Writes the plain bytes to a file of mode 0600. */
  stage(name: string, file: string): Promise<void>;
}

export interface RestoreRequest {
  /** A URL or a directory; absent: the source itself. */
  readonly target?: string;
  /** Patterns (schemas, tables, paths); empty: everything. */
  readonly only: readonly string[];
  readonly overwrite: boolean;
}

/** What a restore would do, and whether it can. Nothing was touched. */
export interface RestorePlan {
  /** Without password. */
  readonly target: string;
  readonly findings: readonly ProbeFinding[];
  /** Readable steps: "create database orders from template0". */
  readonly actions: readonly string[];
}

export interface ComparedUnit {
  /** `orders.public.items`, `uploads/a.txt`. */
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

export interface Comparison {
  readonly level: Fingerprint;
  /** How many tables, files… were compared; 0 with `level: none`. */
  readonly units: number;
  readonly rows?: number;
  /** Empty when equal; at most 100. */
  readonly differences: readonly ComparedUnit[];
}

export interface RestoreReport {
  readonly target: string;
  readonly comparison: Comparison;
  readonly totals: { rows?: number; files?: number; bytes?: number };
  readonly notes: readonly string[];
}

/** A place of the engine's own making (a server it started, an empty directory) to restore into. */
export interface Scratch {
  /** A target as `RestoreRequest.target`. */
  readonly target: string;
  readonly version: string;
  close(): Promise<void>;
}

export interface AssertionResult {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

export interface Engine<S extends SourceBase = SourceBase> {
  readonly name: string;
  readonly kind: 'database' | 'files' | 'config';
  /** The first is the default. `incremental` may fall back to a full. */
  readonly methods: readonly [string, ...string[]];
  readonly fingerprints: readonly [Fingerprint, ...Fingerprint[]];
  /** Strict zod object of a whole source entry, built on `sourceBase(...)`. */
  readonly schema: z.ZodType<S>;
  /** Reachable, versions, privileges; missing ones with the SQL or policy that grants them. */
  check(context: EngineContext<S>): Promise<ProbeFinding[]>;
  dump(context: EngineContext<S>, request: DumpRequest, sink: DumpSink): Promise<DumpSummary>;
  /** Level "read": every stream to its last byte by the engine's own tool. Throws IntegrityError or ToolError. */
  read(context: EngineContext<S>, set: SetReader): Promise<{ notes: readonly string[] }>;
  planRestore(
    context: EngineContext<S>,
    request: RestoreRequest,
    set: SetReader,
  ): Promise<RestorePlan>;
  /** Restores and compares; never leaves the target worse than before when it fails. */
  restore(
    context: EngineContext<S>,
    request: RestoreRequest,
    set: SetReader,
  ): Promise<RestoreReport>;
  /** Starts an empty scratch fit for the set (same major version or newer). */
  openScratch(context: EngineContext<S>, set: SetReader): Promise<Scratch>;
  /** The user's own assertions (`drill.assertions`) against a restored target. */
  assert(context: EngineContext<S>, target: string): Promise<AssertionResult[]>;
}
