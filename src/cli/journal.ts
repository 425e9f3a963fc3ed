/** The journal of executions, for those who only look: it is not made where there is none. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { type ExecutionSummary, executionLink, executionStatuses } from '../core/executions.ts';
import type { Journal } from '../runner/index.ts';
import type { Site } from '../wiring/site.ts';
import { sourceOf } from './executions/watched.ts';
import { journalFile } from './local-runner.ts';

export const executionSchema = z.object({
  id: z.string(),
  machine: z.string(),
  source: z.string().optional(),
  status: z.enum(executionStatuses),
  startedAt: z.string(),
  stoppedAt: z.string().optional(),
  parent: z.string().optional(),
  /** How often it was taken over from a dead process, or redriven. */
  resumes: z.number(),
  /** Of a deployment: its page in the console of AWS. */
  link: z.string().optional(),
  input: z.unknown(),
  output: z.unknown(),
  error: z.string().optional(),
  cause: z.string().optional(),
});

type Shown = ExecutionSummary & { readonly arn?: string };

export function shortExecution(record: Shown): z.infer<typeof executionSchema> {
  const source = sourceOf(record.input);
  const link = record.arn === undefined ? undefined : executionLink(record.arn);
  return executionSchema.parse({
    ...record,
    output: record.output ?? null,
    ...(source !== undefined && { source }),
    ...(link !== undefined && { link }),
  });
}

/** `absent` is the answer where nothing ever ran here. */
export async function withJournal<T>(
  { site, warn }: { readonly site: Site; readonly warn: (line: string) => void },
  absent: T,
  look: (journal: Journal) => T,
): Promise<T> {
  const file = journalFile(site.stateDir);
  if (!existsSync(file)) return absent;
  const { openJournal } = await import('../runner/index.ts');
  const journal = openJournal(file, { now: site.now, onNotice: warn });
  try {
    return look(journal);
  } finally {
    journal.close();
  }
}
