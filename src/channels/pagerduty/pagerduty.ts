/**
 * PagerDuty Events API v2: an incident per problem, resolved by the recovery.
 * https://developer.pagerduty.com/docs/events-api-v2-overview
 */
import { z } from 'zod';
import { referenceSchema } from '../../core/config/values.ts';
import type { AlertMessage } from '../../core/ports/channel.ts';
import type { ChannelKind } from '../channel-kind.ts';
import { postJson } from '../http-post.ts';
import { oneLine, shorten } from '../shorten.ts';

const schema = z.strictObject({
  /** The integration (routing) key. */
  pagerduty: referenceSchema,
  /** https://events.eu.pagerduty.com for accounts in the EU service region. */
  url: z
    .string()
    .regex(/^https?:\/\/[^/@\s]+$/, 'expected https://host, without path')
    .default('https://events.pagerduty.com'),
});

export const pagerduty: ChannelKind<z.infer<typeof schema>> = {
  kind: 'pagerduty',
  schema,
  create: (config, { secret }) => ({
    kind: 'pagerduty',
    async send(message, signal) {
      const routingKey = (await secret(config.pagerduty)).trim();
      const { path, event } = pagerdutyEvent(message, routingKey);
      await postJson({
        channel: 'pagerduty',
        url: `${config.url}${path}`,
        body: JSON.stringify(event),
        signal,
        secrets: [routingKey],
      });
    },
  }),
};

/** Digests and tests are change events, which page nobody. */
export function pagerdutyEvent(message: AlertMessage, routingKey: string) {
  const common = { routing_key: routingKey };
  switch (message.status) {
    case 'info':
      return { path: '/v2/change/enqueue', event: { ...common, payload: changeOf(message) } };
    case 'resolved':
      return {
        path: '/v2/enqueue',
        event: { ...common, event_action: 'resolve', dedup_key: shorten(message.dedupKey, 255) },
      };
    default:
      return {
        path: '/v2/enqueue',
        event: {
          ...common,
          event_action: 'trigger',
          dedup_key: shorten(message.dedupKey, 255),
          client: 'Holdfast',
          ...(message.link !== undefined && { links: [{ href: message.link, text: 'Execution' }] }),
          payload: alertOf(message),
        },
      };
  }
}

const changeOf = (message: AlertMessage) => ({
  summary: shorten(oneLine(message.title), 1024),
  timestamp: message.at.toISOString(),
  source: message.source ?? 'holdfast',
  custom_details: detailsOf(message),
});

const alertOf = (message: AlertMessage) => ({
  ...changeOf(message),
  severity: message.severity,
  class: message.event,
  group: message.source ?? 'holdfast',
});

/** An event may have 512 KB. */
const detailsOf = ({ detail, impact, command, fields }: AlertMessage) => ({
  ...fields,
  detail: shorten(detail, 20_000),
  impact: shorten(impact, 20_000),
  command: shorten(command, 4000),
});
