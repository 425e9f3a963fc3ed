/** What the pipeline would hand to the engine, and shortcuts for whole dumps and restores. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fingerprint } from '../../../src/core/config/source.ts';
import type {
  DumpSummary,
  EngineContext,
  RestoreReport,
  RestoreRequest,
  SetReader,
} from '../../../src/core/ports/engine.ts';
import { postgres } from '../../../src/engines/postgres/engine.ts';
import { type PostgresSource, postgresSchema } from '../../../src/engines/postgres/schema.ts';
import type { PostgresFixture } from '../../servers/postgres.ts';
import { emptySet, type MemorySet, memoryReader, memorySink } from '../memory-set.ts';

export type TestContext = EngineContext<PostgresSource>;

export interface ContextOptions {
  readonly source?: Partial<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
}

/** `url` is what the source's secret resolves to. */
export async function withContext<T>(
  url: string,
  options: ContextOptions,
  use: (context: TestContext) => Promise<T>,
): Promise<T> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const source = postgresSchema.parse({
    engine: 'postgres',
    connection: 'env:DATABASE_URL',
    policies: { daily: {} },
    ...options.source,
  });
  try {
    return await use({
      name: 'orders',
      source,
      scratchDir,
      secret: async () => url,
      signal: options.signal ?? new AbortController().signal,
      now: () => new Date('2026-11-21T02:00:00Z'),
      progress: () => undefined,
      log: options.log ?? (() => undefined),
      helper: () => ['node'],
      limits: { concurrency: 4 },
    });
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

export interface TakenDump {
  readonly set: MemorySet;
  readonly summary: DumpSummary;
  readonly reader: SetReader;
}

export function takeDump(
  url: string,
  { fingerprint = 'checksum', ...options }: ContextOptions & { fingerprint?: Fingerprint } = {},
): Promise<TakenDump> {
  return withContext(url, options, async (context) => {
    const set = emptySet();
    const sink = memorySink(set, { signal: context.signal });
    const summary = await postgres.dump(context, { method: 'dump', fingerprint }, sink);
    return { set, summary, reader: memoryReader(set, summary, { fingerprint }) };
  });
}

export function restoreTo(
  reader: SetReader,
  request: Partial<RestoreRequest> & { readonly target: string },
): Promise<RestoreReport> {
  return withContext(request.target, {}, (context) =>
    postgres.restore(context, { only: [], overwrite: false, ...request }, reader),
  );
}

/**
 * What pg_dump says of a database, rows included, its properties too. Only the random key of
 * `\restrict` differs between two equal databases.
 */
export function dumpText(server: PostgresFixture, database: string, args: string[] = []): string {
  const text = execFileSync(
    join(server.bin, 'pg_dump'),
    ['--create', ...args, '-d', server.urlOf(database)],
    { encoding: 'utf8', maxBuffer: 512 * 1024 * 1024 },
  );
  return text.replace(/^\\(un)?restrict .*$/gm, '');
}
