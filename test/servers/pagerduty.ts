/**
 * Answers as PagerDuty's Events API v2 does.
 * https://github.com/PagerDuty/developer-docs/blob/main/docs/events-API-v2/02-Trigger-Events.md
 * https://github.com/PagerDuty/developer-docs/blob/main/docs/events-API-v2/03-Change-Events.md
 */
import { z } from 'zod';
import { type Answer, type HttpReceiver, startHttpReceiver } from './http-receiver.ts';

const routingKey = z.string().length(32);
const payload = {
  summary: z.string().min(1).max(1024),
  source: z.string().min(1),
  timestamp: z.iso.datetime(),
  custom_details: z.record(z.string(), z.unknown()),
};

export const alertEventSchema = z.discriminatedUnion('event_action', [
  z.strictObject({
    routing_key: routingKey,
    event_action: z.literal('trigger'),
    dedup_key: z.string().min(1).max(255),
    client: z.string(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string() })).optional(),
    payload: z.strictObject({
      ...payload,
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      class: z.string(),
      group: z.string(),
    }),
  }),
  z.strictObject({
    routing_key: routingKey,
    event_action: z.literal('resolve'),
    dedup_key: z.string().min(1).max(255),
  }),
]);
export const changeEventSchema = z.strictObject({
  routing_key: routingKey,
  payload: z.strictObject(payload),
});

export interface PagerDuty extends HttpReceiver {
  /** Deduplication keys of open incidents. */
  readonly incidents: ReadonlySet<string>;
}

export async function startPagerDuty(): Promise<PagerDuty> {
  const incidents = new Set<string>();
  const receiver = await startHttpReceiver(({ path, body }) => {
    if (Buffer.byteLength(body) > 512 * 1024) return { status: 413 };
    if (path === '/v2/enqueue') return takeAlert(body, incidents);
    if (path === '/v2/change/enqueue') {
      const valid = changeEventSchema.safeParse(JSON.parse(body)).success;
      return valid ? accepted : invalid(body);
    }
    return { status: 404 };
  });
  return { ...receiver, incidents };
}

const accepted: Answer = { status: 202, body: '{"status":"success","message":"Event processed"}' };

/** Real answers name fields; this one echoes the request, the worst a receiver could do. */
const invalid = (body: string): Answer => ({
  status: 400,
  body: `{"status":"invalid event","message":"Event object is invalid","errors":[${JSON.stringify(body.slice(0, 80))}]}`,
});

function takeAlert(body: string, incidents: Set<string>): Answer {
  const event = alertEventSchema.safeParse(JSON.parse(body));
  if (!event.success) return invalid(body);
  if (event.data.event_action === 'trigger') incidents.add(event.data.dedup_key);
  else incidents.delete(event.data.dedup_key);
  return accepted;
}
