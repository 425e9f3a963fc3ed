/** What is remembered of one problem, at `state/alerts/<key>.json`. */
import { z } from 'zod';
import { problemSchema, severities } from './change.ts';

const instant = z.iso.datetime();

const messageSchema = z.strictObject({
  event: z.string(),
  status: z.enum(['firing', 'escalated', 'resolved', 'info']),
  dedupKey: z.string(),
  severity: z.enum(severities),
  title: z.string(),
  detail: z.string(),
  impact: z.string(),
  command: z.string(),
  link: z.string().optional(),
  source: z.string().optional(),
  fields: z.record(z.string(), z.string()),
  at: instant,
});

const deliverySchema = z.strictObject({
  /** Unique in the outbox. */
  id: z.string(),
  channel: z.string(),
  message: messageSchema,
  attempts: z.number().int().nonnegative(),
  lastError: z.string().optional(),
});
/** One message on its way to one channel; it leaves the outbox when the channel took it. */
export type Delivery = z.infer<typeof deliverySchema>;

export const alertStateSchema = z.strictObject({
  format: z.literal(1),
  status: z.enum(['open', 'closed']),
  /** Before its deduplication key, from its opening to its recovery. */
  scope: z.string(),
  /** As last seen. */
  problem: problemSchema,
  openedAt: instant,
  closedAt: instant.optional(),
  lastSeenAt: instant,
  /** Times seen since it opened. */
  occurrences: z.number().int().positive(),
  /** Channels that were told: they hear of the recovery too. */
  notified: z.array(z.string()),
  escalated: z.array(z.string()),
  outbox: z.array(deliverySchema),
});
export type AlertState = z.infer<typeof alertStateSchema>;
