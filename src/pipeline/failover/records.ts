/** What each step saw and did, in the vault: for the next step, for a run that goes on, for the report. */
import { z } from 'zod';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { encodeDocument, findDocument } from '../vault/documents.ts';
import type { ClusterAtWork } from './at-work.ts';

export const stepRecordSchema = z.object({
  step: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  milliseconds: z.number(),
  /** For people: what was seen and done. */
  lines: z.array(z.string()),
  data: z.unknown(),
});
export type StepRecord = z.infer<typeof stepRecordSchema>;

interface RunKey {
  readonly cluster: string;
  readonly epoch: number;
}

/** What a step gives back: lines for people, data for the next steps. */
export interface StepDone<T> {
  readonly lines: readonly string[];
  readonly data: T;
}

/** Times `work` and keeps what it gives; a step that fails leaves what an earlier attempt left. */
export async function recorded<T>(
  { store, now }: Pick<ClusterAtWork, 'store' | 'now'>,
  { cluster, epoch, step }: RunKey & { readonly step: string },
  work: () => Promise<StepDone<T>>,
): Promise<T> {
  const [startedAt, from] = [now(), performance.now()];
  const { lines, data } = await work();
  const record: StepRecord = {
    step,
    startedAt: startedAt.toISOString(),
    endedAt: now().toISOString(),
    milliseconds: Math.round(performance.now() - from),
    lines: [...lines],
    data,
  };
  const key = layout.failoverStep(cluster, epoch, step);
  await store.put(key, encodeDocument(record), { ifAbsent: false });
  return data;
}

export async function readStep<T>(
  store: ObjectStore,
  { cluster, epoch, step }: RunKey & { readonly step: string },
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const key = layout.failoverStep(cluster, epoch, step);
  const found = await findDocument(store, key, stepRecordSchema);
  return found === undefined ? undefined : schema.parse(found.value.data);
}

/** All that a run left, in the order in which it happened. */
export async function readSteps(
  store: ObjectStore,
  { cluster, epoch }: RunKey,
): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for await (const { key } of store.list(layout.failoverSteps(cluster, epoch))) {
    const found = await findDocument(store, key, stepRecordSchema);
    if (found !== undefined) records.push(found.value);
  }
  return records.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
}
