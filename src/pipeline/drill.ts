/** The drill: restored into a scratch, compared, asserted, timed and signed. The highest proof there is. */

import type { DrillResult } from '../core/contracts/results.ts';
import type { DrillTaskInput } from '../core/contracts/tasks.ts';
import { ComparisonError, reportError } from '../core/errors.ts';
import { rtoStatus } from '../core/objectives.ts';
import type {
  AssertionResult,
  EngineContext,
  RestoreReport,
  SetReader,
} from '../core/ports/engine.ts';
import type { Signer } from '../core/ports/signer.ts';
import { assertEqual, type RestoreOptions } from './restore.ts';
import { isEvidence } from './sets/evidence.ts';
import { openSetChain } from './sets/set-chain.ts';
import { isCommitted } from './sets/stored-sets.ts';
import type { AttestationStatement } from './vault/index.ts';
import { attest, loadSet, type Vault } from './vault/index.ts';

export interface DrillOptions extends RestoreOptions {
  readonly signer: Signer;
  /** Where the proof is signed; `vault` may be a copy. */
  readonly primary: Vault;
}

/**
 * Rejects with what failed; where that is evidence against the set, it is signed first. What
 * passed under `fingerprint: none` is signed as not passed: nothing was compared.
 */
export async function drillSource(
  input: DrillTaskInput,
  options: DrillOptions,
): Promise<DrillResult> {
  try {
    const result = await drill(input, options);
    const { proven, ...details } = result;
    await sign(input, options, { passed: proven, details });
    return result;
  } catch (error) {
    if (isEvidence(error) && !options.signal.aborted) {
      const { code, message } = reportError(error);
      await sign(input, options, { passed: false, details: { code, message } });
    }
    throw error;
  }
}

function drill(input: DrillTaskInput, options: DrillOptions): Promise<DrillResult> {
  const { vault, source, limits, signal, progress } = options;
  return source.use({ signal, progress }, async (context) => {
    const startedAt = vault.now();
    const address = { source: input.source, id: input.backupId };
    const set = await openSetChain(vault, address, { limits, signal, onProgress: progress });
    const scratch = await source.engine.openScratch(context, set);
    try {
      const report = await restoreInto(scratch.target, { context, set, options });
      const seconds = (vault.now().getTime() - startedAt.getTime()) / 1000;
      const assertions = await source.engine.assert(context, scratch.target);
      assertHold(source.name, assertions);
      return resultOf({ set, report, seconds, assertions, scratch: scratch.version, options });
    } finally {
      await scratch.close();
    }
  });
}

async function restoreInto(
  target: string,
  work: {
    readonly context: EngineContext;
    readonly set: SetReader;
    readonly options: DrillOptions;
  },
): Promise<RestoreReport> {
  const { engine, name } = work.options.source;
  const request = { target, only: [], overwrite: false };
  const report = await engine.restore(work.context, request, work.set);
  assertEqual(name, report.comparison);
  return report;
}

function assertHold(source: string, assertions: readonly AssertionResult[]): void {
  const failed = assertions.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  const named = failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
  throw new ComparisonError(`The restored ${source} does not hold its assertions: ${named}`, {
    code: 'ASSERTION_FAILED',
    hint: 'The restore itself was equal to the backup: look at the source.',
  });
}

function resultOf(facts: {
  readonly set: SetReader;
  readonly report: RestoreReport;
  readonly seconds: number;
  readonly assertions: readonly AssertionResult[];
  readonly scratch: string;
  readonly options: DrillOptions;
}): DrillResult {
  const { set, report, seconds, assertions, scratch, options } = facts;
  const { level, units, rows } = report.comparison;
  return {
    backupId: set.manifest.id,
    proven: level !== 'none',
    seconds,
    rto: rtoStatus(options.source.source.objectives?.rto, seconds),
    scratch,
    comparison: { level, units, ...(rows !== undefined && { rows }) },
    assertions: assertions.map((each) => ({ ...each })),
    notes: [...report.notes],
  };
}

async function sign(
  { source, backupId }: DrillTaskInput,
  { primary, signer, vault }: DrillOptions,
  outcome: Pick<AttestationStatement, 'passed' | 'details'>,
): Promise<void> {
  const set = await loadSet(primary, source, backupId);
  if (!isCommitted(set)) return;
  await attest(primary, signer, {
    ...outcome,
    kind: 'drilled',
    source,
    backup: backupId,
    manifestSha256: set.manifestSha256,
    details: { ...outcome.details, from: vault.store.url },
  });
}
