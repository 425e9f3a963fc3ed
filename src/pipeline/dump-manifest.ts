/** The manifest and the result of a dump, from what the engine and the sink said. */
import type { BackupId } from '../core/backup-id.ts';
import type { Fingerprint } from '../core/config/source.ts';
import type { DumpResult } from '../core/contracts/results.ts';
import type { DumpInput } from '../core/contracts/tasks.ts';
import {
  formatVersion,
  type ManifestBody,
  manifestObjects,
  type StoredStream,
} from '../core/manifest.ts';
import type { DumpSummary, Engine } from '../core/ports/engine.ts';
import type { SourceAtWork } from './source-at-work.ts';
import type { SetAddress, Vault } from './vault/index.ts';

export interface DumpFacts {
  readonly vault: Pick<Vault, 'id' | 'now'>;
  readonly source: Pick<SourceAtWork, 'source'> & {
    readonly engine: Pick<Engine, 'name' | 'kind'>;
  };
  readonly set: SetAddress;
  readonly input: DumpInput;
  readonly execution: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly fingerprint: Fingerprint;
  readonly summary: DumpSummary;
  /** The set that was built upon. */
  readonly parent: BackupId | null;
  readonly streams: readonly StoredStream[];
}

const shownReasons = 20;

/** Of a dump that has ended well: it is stamped as finished now. */
export function manifestBody(facts: DumpFacts): ManifestBody {
  const { vault, source, set, input, summary, streams } = facts;
  const objects = manifestObjects({ streams: [...streams] });
  const storedBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    format: formatVersion,
    vault: vault.id,
    id: set.id,
    source: set.source,
    policy: input.policy,
    engine: source.engine.name,
    kind: source.source.kind ?? source.engine.kind,
    method: summary.method,
    parent: facts.parent,
    execution: facts.execution,
    startedAt: facts.startedAt.toISOString(),
    finishedAt: vault.now().toISOString(),
    server: summary.server,
    tool: summary.tool,
    holdfast: facts.version,
    streams: [...streams],
    fingerprint: facts.fingerprint,
    positions: { ...summary.positions },
    partial: summary.partialReasons.length > 0,
    partialReasons: summary.partialReasons.slice(0, shownReasons),
    totals: { ...summary.totals, storedBytes },
  };
}

/** `keysPending` names recipients that could not be reached; their key files are added later. */
export function dumpResult(body: ManifestBody, keysPending: readonly string[]): DumpResult {
  const milliseconds = Date.parse(body.finishedAt) - Date.parse(body.startedAt);
  return {
    backupId: body.id,
    partial: body.partial,
    partialReasons: body.partialReasons,
    method: body.method,
    keysPending: [...keysPending],
    durationSeconds: milliseconds / 1000,
  };
}
