/** The evidence of a drill: its report beside those of failovers, and a signed statement beside the set. */
import { createHash } from 'node:crypto';
import { type FailoverDrill, failoverDrillSchema } from '../../core/failover/drill.ts';
import { drillPage } from '../../core/failover/drill-page.ts';
import type { FailoverMode } from '../../core/failover/plan.ts';
import { layout } from '../../core/layout.ts';
import type { Signer } from '../../core/ports/signer.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import type { CommittedSet } from '../sets/stored-sets.ts';
import { encodeDocument, findDocument } from '../vault/documents.ts';
import { attest, type Vault } from '../vault/index.ts';

const looksBack = 20;

/** Of that mode, the newest first. One that cannot be read is no reason not to drill. */
export async function earlierDrills(
  store: ObjectStore,
  cluster: string,
  mode: FailoverMode,
): Promise<FailoverDrill[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(layout.drillReports(cluster))) {
    if (key.endsWith('.json')) keys.push(key);
  }
  const drills: FailoverDrill[] = [];
  for (const key of keys.toReversed().slice(0, looksBack)) {
    const found = await findDocument(store, key, failoverDrillSchema).catch(() => undefined);
    if (found?.value.mode === mode) drills.push(found.value);
  }
  return drills;
}

/** The statement names the report by its hash: a changed report is no longer the one that was signed. */
export async function keepDrill(
  { vault, signer }: { readonly vault: Vault; readonly signer: Signer },
  { id: backup, manifestSha256 }: CommittedSet,
  drill: FailoverDrill,
): Promise<void> {
  const { cluster, mode, at, source, outcome, writes } = drill;
  const stamp = at.replace(/[-:.]/g, '');
  const bytes = encodeDocument(drill);
  const key = layout.drillReport(cluster, stamp, 'json');
  await vault.store.put(key, bytes, { ifAbsent: false });
  const page = Buffer.from(drillPage(drill));
  await vault.store.put(layout.drillReport(cluster, stamp, 'md'), page, { ifAbsent: false });
  const reportSha256 = createHash('sha256').update(bytes).digest('hex');
  const figures = { outageMilliseconds: drill.outageMilliseconds, lost: writes.lost };
  await attest(vault, signer, {
    ...{ kind: 'rehearsed', source, backup, manifestSha256, passed: outcome === 'passed' },
    details: {
      cluster,
      mode,
      ...figures,
      acknowledged: writes.acknowledged,
      report: key,
      reportSha256,
    },
  });
}
