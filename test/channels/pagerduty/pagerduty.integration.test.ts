import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pagerduty } from '../../../src/channels/pagerduty/pagerduty.ts';
import { type PagerDuty, startPagerDuty } from '../../servers/pagerduty.ts';
import { deployed, firing, info, monstrous, resolved, soon } from '../messages.ts';

const key = '0123456789abcdef0123456789abcdef';
let server: PagerDuty;
beforeAll(async () => {
  server = await startPagerDuty();
});
afterAll(() => server.close());

const channelWith = (routingKey: string) =>
  pagerduty.create(
    { pagerduty: 'env:PD_KEY', url: server.url },
    { secret: async () => routingKey, now: () => new Date() },
  );
const last = () => JSON.parse(server.requests.at(-1)?.body ?? '');

describe('PagerDuty', () => {
  test('opens an incident, and the recovery resolves the same one', async () => {
    await channelWith(`${key}\n`).send(firing, soon());
    expect([...server.incidents]).toEqual([firing.dedupKey]);
    expect(last()).toMatchObject({
      routing_key: key,
      event_action: 'trigger',
      payload: {
        summary: 'Backup of orders failed',
        source: 'orders',
        severity: 'error',
        class: 'backup.failed',
        custom_details: { impact: firing.impact, command: firing.command, execution: 'run-1' },
      },
    });
    await channelWith(key).send({ ...firing, status: 'escalated' }, soon());
    expect(server.incidents.size).toBe(1);
    await channelWith(key).send(resolved, soon());
    expect(server.incidents.size).toBe(0);
  });

  test('an incident of a deployment leads to its execution', async () => {
    await channelWith(key).send(deployed, soon());
    const { links } = JSON.parse(server.requests.at(-1)?.body ?? '');
    expect(links).toEqual([{ href: deployed.link, text: 'Execution' }]);
    await channelWith(key).send({ ...deployed, status: 'resolved' }, soon());
  });

  test('digests and tests page nobody', async () => {
    await channelWith(key).send(info, soon());
    expect(server.requests.at(-1)?.path).toBe('/v2/change/enqueue');
    expect(server.incidents.size).toBe(0);
  });

  test('takes a message far beyond its limits, and resolves it', async () => {
    await channelWith(key).send(monstrous, soon());
    expect(server.incidents.size).toBe(1);
    await channelWith(key).send({ ...monstrous, status: 'resolved' }, soon());
    expect(server.incidents.size).toBe(0);
  });

  test('400 is final, and the key stays secret though the answer repeats it', async () => {
    const sending = channelWith('too-short').send(firing, soon());
    await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_REFUSED', retryable: false });
    await expect(sending).rejects.not.toThrow('too-short');
  });
});

test('accounts of the EU service region have another address', () => {
  const { schema } = pagerduty;
  expect(schema.parse({ pagerduty: 'env:K' })).toEqual({
    pagerduty: 'env:K',
    url: 'https://events.pagerduty.com',
  });
  expect(
    schema.safeParse({ pagerduty: 'env:K', url: 'https://events.eu.pagerduty.com' }).success,
  ).toBe(true);
  expect(schema.safeParse({ pagerduty: 'env:K', url: 'events.eu.pagerduty.com' }).success).toBe(
    false,
  );
});
