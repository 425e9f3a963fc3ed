/**
 * A set in memory for tests of engines: plain bytes, programs run by real pipes. What the pipeline
 * adds (compression, encryption, a vault) has tests of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isBrokenPipe } from '../../src/core/broken-pipe.ts';
import { ToolError } from '../../src/core/errors.ts';
import type { Manifest, StoredStream } from '../../src/core/manifest.ts';
import type {
  Command,
  DumpSink,
  DumpSummary,
  SetReader,
  StreamSpec,
} from '../../src/core/ports/engine.ts';

export interface MemorySet {
  readonly streams: StoredStream[];
  readonly contents: Map<string, Buffer>;
  readonly commands: Map<string, Command>;
}

export const emptySet = (): MemorySet => ({
  streams: [],
  contents: new Map(),
  commands: new Map(),
});

export interface MemorySinkOptions {
  readonly signal?: AbortSignal;
  /** Awaited when a program has written its first bytes; the rest is read afterwards. */
  onFirstBytes?(spec: StreamSpec): Promise<void>;
}

export function memorySink(set: MemorySet, options: MemorySinkOptions = {}): DumpSink {
  const keep = (spec: StreamSpec, content: Buffer): StoredStream => {
    if (set.contents.has(spec.name)) throw new Error(`stream ${spec.name} written twice`);
    const stream: StoredStream = {
      name: spec.name,
      role: spec.role,
      ...(spec.unit === undefined ? {} : { unit: spec.unit }),
      compression: 'none',
      objects: [],
    };
    set.contents.set(spec.name, content);
    set.streams.push(stream);
    return stream;
  };
  return {
    command: async (spec, command) => {
      set.commands.set(spec.name, command);
      const content = await collectOutput(command, options.signal, () =>
        options.onFirstBytes?.(spec),
      );
      if (content.length === 0) throw new ToolError('empty output', { code: 'TOOL_EMPTY' });
      return keep(spec, content);
    },
    bytes: async (spec, source) => keep(spec, Buffer.concat(await collect(source))),
  };
}

export function memoryReader(
  set: MemorySet,
  summary: DumpSummary,
  manifest: Partial<Manifest> = {},
): SetReader {
  const content = (name: string): Buffer => {
    const bytes = set.contents.get(name);
    if (bytes === undefined) throw new Error(`no stream ${name}`);
    return bytes;
  };
  const transform = async function* (name: string, command: Command) {
    const child = start(command, 'pipe');
    const stderr = collect(child.stderr ?? []);
    const fed = feed(child.stdin, content(name));
    fed.catch(() => undefined);
    for await (const chunk of child.stdout ?? []) yield chunk as Uint8Array;
    await Promise.all([ended(child, stderr), fed]);
  };
  return {
    manifest: { ...manifestOf(set, summary), ...manifest },
    parent: undefined,
    stream: (name) => set.streams.find((stream) => stream.name === name),
    open: async function* (name) {
      yield content(name);
    },
    pipe: async (name, command) => ({
      stdout: Buffer.concat(await collect(transform(name, command))).toString(),
    }),
    transform,
    stage: (name, file) => writeFile(file, content(name), { mode: 0o600 }),
  };
}

function manifestOf(set: MemorySet, summary: DumpSummary): Manifest {
  const at = '2026-11-21T02:00:00.000Z';
  return {
    ...{ format: 1, vault: 'test', id: '20261121T020000Z-daily-1a2b3c4d' },
    source: 'orders',
    ...{ policy: 'daily', engine: 'postgres', kind: 'database', parent: null, execution: 'test' },
    ...{ startedAt: at, finishedAt: at, holdfast: '0.0.0', fingerprint: 'checksum', tag: '' },
    method: summary.method,
    server: summary.server,
    tool: summary.tool,
    streams: set.streams,
    positions: { ...summary.positions },
    partial: summary.partialReasons.length > 0,
    partialReasons: [...summary.partialReasons],
    totals: { storedBytes: 0, ...summary.totals },
  } as Manifest;
}

function start(command: Command, stdin: 'pipe' | 'ignore') {
  const [program, ...args] = command.argv;
  return spawn(program, args, {
    stdio: [stdin, 'pipe', 'pipe'],
    ...(command.env === undefined ? {} : { env: { ...process.env, ...command.env } }),
  });
}

async function collectOutput(
  command: Command,
  signal: AbortSignal | undefined,
  onFirstBytes: () => Promise<void> | undefined,
): Promise<Buffer> {
  const child = start(command, 'ignore');
  signal?.addEventListener('abort', () => child.kill());
  const stderr = collect(child.stderr ?? []);
  const chunks: Uint8Array[] = [];
  const ending = ended(child, stderr);
  ending.catch(() => undefined);
  for await (const chunk of child.stdout ?? []) {
    if (chunks.length === 0) await onFirstBytes();
    chunks.push(chunk);
  }
  await ending;
  return Buffer.concat(chunks);
}

async function ended(child: ReturnType<typeof start>, stderr: Promise<Uint8Array[]>) {
  const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode];
  if (code === 0) return;
  const said = Buffer.concat(await stderr).toString();
  throw new ToolError(`${child.spawnargs[0]} ended with ${code}: ${said}`, { code: 'TOOL_FAILED' });
}

/** A program may stop reading once it has what it needs: its exit status tells whether it was enough. */
async function feed(stdin: NodeJS.WritableStream | null, bytes: Buffer): Promise<void> {
  if (stdin === null) return;
  await pipeline(Readable.from([bytes]), stdin).catch((error: unknown) => {
    if (!isBrokenPipe(error)) throw error;
  });
}

async function collect(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}
