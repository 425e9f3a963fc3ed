/** The reports of a cluster's failovers, as they are kept in the vault. */
import { type FailoverReport, failoverReportSchema } from '../../core/failover/report.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { findDocument } from '../vault/documents.ts';

/** The newest where no epoch is named; `undefined` where there is none. */
export async function readReport(
  store: ObjectStore,
  cluster: string,
  epoch?: number,
): Promise<FailoverReport | undefined> {
  const key =
    epoch === undefined
      ? (await reportKeys(store, cluster)).at(-1)
      : layout.report(cluster, epoch, 'json');
  if (key === undefined) return undefined;
  return (await findDocument(store, key, failoverReportSchema))?.value;
}

const looksBack = 20;

/** The newest first; one that cannot be read is left out. */
export async function newestReports(
  store: ObjectStore,
  cluster: string,
): Promise<FailoverReport[]> {
  const keys = (await reportKeys(store, cluster)).toReversed().slice(0, looksBack);
  const found = await Promise.all(
    keys.map((key) => findDocument(store, key, failoverReportSchema).catch(() => undefined)),
  );
  return found.flatMap((each) => each?.value ?? []);
}

async function reportKeys(store: ObjectStore, cluster: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(layout.reports(cluster))) {
    if (/\/\d+\.json$/.test(key)) keys.push(key);
  }
  return keys;
}
