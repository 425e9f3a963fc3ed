/** A source directory, sets in memory and contexts, for the tests of this engine. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupId } from '../../../src/core/backup-id.ts';
import type { DumpSummary, SetReader } from '../../../src/core/ports/engine.ts';
import { filesEngine } from '../../../src/engines/files/engine.ts';
import { type FilesSource, filesSchema } from '../../../src/engines/files/schema.ts';
import type { FilesContext } from '../../../src/engines/files/tools.ts';
import { emptySet, type MemorySet, memoryReader, memorySink } from '../memory-set.ts';

const programs: Readonly<Record<string, string>> = {
  'files-archive': 'src/engines/files/archive-program.ts',
  'files-extract': 'src/engines/files/extract-program.ts',
};

export interface TakenSet {
  readonly set: MemorySet;
  readonly summary: DumpSummary;
  readonly reader: SetReader;
}

export interface Workbench {
  /** Holds everything else; removed by `close`. */
  readonly folder: string;
  /** The source's directory, empty at first. */
  readonly root: string;
  readonly logged: string[];
  context(source?: Partial<FilesSource>, more?: Partial<FilesContext>): FilesContext;
  /** A full, or an incremental on `parent`. */
  dump(options?: DumpChoice): Promise<TakenSet>;
  close(): void;
}

export interface DumpChoice {
  readonly parent?: TakenSet;
  readonly source?: Partial<FilesSource>;
  readonly context?: Partial<FilesContext>;
}

export function openWorkbench(): Workbench {
  const folder = mkdtempSync('/tmp/holdfast-files-');
  const root = join(folder, 'source');
  mkdirSync(root);
  const logged: string[] = [];
  let taken = 0;
  const context: Workbench['context'] = (source, more) => {
    const scratchDir = mkdtempSync(join(folder, 'scratch-'));
    return { ...contextIn({ root, scratchDir, logged }, source), ...more };
  };
  return {
    folder,
    root,
    logged,
    context,
    async dump({ parent, source, context: more } = {}) {
      const set = emptySet();
      const method = parent === undefined ? 'full' : 'incremental';
      const chain =
        parent === undefined
          ? {}
          : { parent: { manifest: parent.reader.manifest, reader: parent.reader } };
      const request = { method, fingerprint: 'checksum', ...chain } as const;
      const summary = await filesEngine.dump(context(source, more), request, memorySink(set));
      return { set, summary, reader: readerOf(set, summary, { parent, serial: taken++ }) };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function contextIn(
  { root, scratchDir, logged }: { root: string; scratchDir: string; logged: string[] },
  source: Partial<FilesSource> = {},
): FilesContext {
  return {
    name: 'uploads',
    source: {
      ...filesSchema.parse({ engine: 'files', path: root, policies: { daily: {} } }),
      ...source,
    },
    secret: () => Promise.reject(new Error('no secrets here')),
    scratchDir,
    signal: new AbortController().signal,
    now: () => new Date('2026-11-21T02:00:00Z'),
    progress: () => undefined,
    log: (line) => logged.push(line),
    helper: (name) => [process.execPath, programs[name] ?? name],
    limits: { concurrency: 2 },
  };
}

function readerOf(
  set: MemorySet,
  summary: DumpSummary,
  { parent, serial }: { parent: TakenSet | undefined; serial: number },
): SetReader {
  const id = `20260101T02000${serial}Z-daily-1a2b3c4d` as BackupId;
  const facts = { id, source: 'uploads', engine: 'files', kind: 'files' } as const;
  return { ...memoryReader(set, summary, facts), parent: parent?.reader };
}
