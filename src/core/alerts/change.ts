/** What a run or a check found: a problem that is there, or one that is gone. */
import { z } from 'zod';
import { eventNames } from '../config/schema.ts';

export const severities = ['critical', 'error', 'warning', 'info'] as const;

/** The parts of an AlertMessage that stay true while the problem lasts. */
export const problemSchema = z.strictObject({
  event: z.enum(eventNames),
  source: z.string(),
  /** Tells apart problems of one kind and source: a destination's name. */
  part: z.string().optional(),
  severity: z.enum(severities),
  title: z.string(),
  detail: z.string(),
  impact: z.string(),
  command: z.string(),
  /** The page of the execution in the console. */
  link: z.string().optional(),
  fields: z.record(z.string(), z.string()),
});
export type Problem = z.infer<typeof problemSchema>;

/** Names a problem: `backup.failed.orders`, `copy.failed.orders.west`. */
export type ProblemName = Pick<Problem, 'event' | 'source' | 'part'>;

export interface Raised {
  readonly kind: 'raised';
  readonly problem: Problem;
}

export interface Cleared extends ProblemName {
  readonly kind: 'cleared';
  /** What was seen: "20261121T020000Z-daily-1a2b3c4d is good and checked". */
  readonly detail: string;
  readonly impact: string;
}

export type AlertChange = Raised | Cleared;

/** Stable per problem; the alert's name in the vault and, after the vault's, its deduplication key. */
export const alertKey = ({ event, source, part }: ProblemName): string =>
  [event, source, part].filter((piece) => piece !== undefined).join('.');

export const raised = (problem: Problem): Raised => ({ kind: 'raised', problem });

export const cleared = (
  name: ProblemName,
  seen: { readonly detail: string; readonly impact: string },
): Cleared => ({ kind: 'cleared', ...name, ...seen });
