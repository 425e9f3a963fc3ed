/** Level "checked": what is stored is what the manifest says, told without key or download, and signed. */
import type { SourceBase } from '../core/config/source.ts';
import type { VerifyEvent } from '../core/contracts/functions.ts';
import {
  dumpResultSchema,
  taskResultSchema,
  type VerifyResult,
} from '../core/contracts/results.ts';
import { IntegrityError, UsageError } from '../core/errors.ts';
import type { Signer } from '../core/ports/signer.ts';
import { anomaliesOf } from './outcome/anomalies.ts';
import { probeChain } from './sets/probe-chain.ts';
import { isCommitted } from './sets/stored-sets.ts';
import {
  attest,
  type CheckReport,
  checkSet,
  readResult,
  type SetAddress,
  type SetFinding,
  type Vault,
  writeResult,
} from './vault/index.ts';

export interface VerifyOptions {
  /** Opened with or without keys. */
  readonly vault: Vault;
  readonly signer: Signer;
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}

/** Damage is in the findings, and signed as a proof that failed; rejects when the store does. */
export async function checkBackup(
  address: SetAddress,
  { vault, signer, ...rest }: VerifyOptions,
): Promise<CheckReport> {
  const own = await checkSet(vault, address, rest);
  const { set, objects, bytes, compared } = own;
  if (!isCommitted(set)) return own;
  const probe = { vault, source: address.source, signal: rest.signal };
  const chain = await probeChain(set.manifest.parent, probe);
  const findings = distinct([...own.findings, ...chain.findings]);
  await attest(vault, signer, {
    kind: 'checked',
    source: set.source,
    backup: set.id,
    manifestSha256: set.manifestSha256,
    passed: findings.length === 0,
    details: { objects, bytes, compared, tag: 'not checked', findings: findings.slice(0, 20) },
  });
  return { ...own, findings };
}

/** A missing parent is found from both sides. */
const distinct = (findings: readonly SetFinding[]): SetFinding[] => [
  ...new Map(findings.map((finding) => [finding.detail, finding])).values(),
];

/**
 * The verify step of a backup: checks the set, compares its figures with those of the last ones and
 * leaves both for the notify step. Rejects with IntegrityError that names the damaged objects.
 */
export async function verifyBackup(
  event: VerifyEvent,
  options: VerifyOptions & { readonly source: SourceBase },
): Promise<VerifyResult> {
  const { vault } = options;
  const schema = taskResultSchema(dumpResultSchema);
  const dump = event.backupId
    ? undefined
    : await readResult(vault, event.execution, 'dump', schema);
  const id = event.backupId ?? (dump && 'backupId' in dump ? dump.backupId : undefined);
  if (!id) throw nothingToVerify(event);
  const { set, findings } = await checkBackup({ source: event.source, id }, options);
  if (findings.length > 0 || !isCommitted(set)) throw damaged(event.source, id, findings);
  const { startedAt, finishedAt, totals } = set.manifest;
  const result: VerifyResult = {
    backupId: id,
    storedBytes: totals.storedBytes,
    durationSeconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
    outcome: set.manifest.partial ? 'partial' : 'good',
    partialReasons: set.manifest.partialReasons,
    keysPending: dump && 'keysPending' in dump ? dump.keysPending : [],
    anomalies: await anomaliesOf(set, vault, options.source),
  };
  await writeResult(vault, event.execution, 'verify', result);
  return result;
}

/** At most five objects by name: the attestation has more. */
export function damaged(
  source: string,
  id: string,
  findings: readonly SetFinding[],
): IntegrityError {
  const named = findings.slice(0, 5).map(({ detail }) => detail);
  const more = findings.length > 5 ? `; and ${findings.length - 5} more` : '';
  const seen = findings.length === 0 ? 'there is no manifest' : `${named.join('; ')}${more}`;
  return new IntegrityError(`${source}/${id} is damaged: ${seen}`, {
    code: 'BACKUP_DAMAGED',
    hint: `Take a new one now: \`holdfast backup ${source}\`; \`holdfast list ${source}\` shows the others.`,
  });
}

function nothingToVerify({ source, execution }: VerifyEvent): UsageError {
  return new UsageError(`Nothing of ${source} to verify: ${execution} committed no set`, {
    code: 'BACKUP_NOT_FOUND',
    hint: `See \`holdfast list ${source}\`.`,
  });
}
