import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slack } from '../../../src/channels/slack/slack.ts';
import { ChannelError } from '../../../src/core/errors.ts';
import { startHttpReceiver } from '../../servers/http-receiver.ts';
import { type SlackMessage, startSlack } from '../../servers/slack.ts';
import { deployed, firing, info, monstrous, resolved, soon } from '../messages.ts';

let server: Awaited<ReturnType<typeof startSlack>>;
beforeAll(async () => {
  server = await startSlack();
});
afterAll(() => server.close());

const channelTo = (url: string) =>
  slack.create({ slack: 'env:HOOK' }, { secret: async () => url, now: () => new Date() });
const last = (): SlackMessage => JSON.parse(server.requests.at(-1)?.body ?? '');
const failure = (url: string, signal = soon()) =>
  channelTo(url)
    .send(firing, signal)
    .then(
      () => expect.unreachable('the message was taken'),
      (error: unknown) => {
        if (error instanceof ChannelError) return error;
        throw error;
      },
    );

describe('a Slack webhook', () => {
  test('takes a message with a heading, what it means and the command', async () => {
    await channelTo(`${server.webhook}\n`).send(firing, soon());
    expect(last().text).toBe(
      '🔴 Backup of orders failed: RPO 1h: the newest verified backup is 3h old',
    );
    expect(last().blocks.map(({ type }) => type)).toEqual([
      'header',
      'section',
      'section',
      'section',
      'context',
    ]);
    expect(JSON.stringify(last())).toContain('```holdfast executions show run-1```');
    expect(server.requests.at(-1)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
  });

  test('names source, RPO, command and the page of the execution of a deployment', async () => {
    await channelTo(server.webhook).send(deployed, soon());
    const text = JSON.stringify(last());
    expect(text).toContain('Backup of orders failed');
    expect(text).toContain('RPO 1h: the newest verified backup is 3h old');
    expect(text).toContain('```holdfast --stage prod executions show run-1```');
    expect(text).toContain(`<${deployed.link}|Execution>`);
  });

  test('takes every kind of message, however long and whatever is in it', async () => {
    for (const message of [resolved, info, monstrous]) {
      await channelTo(server.webhook).send(message, soon());
    }
    expect(JSON.stringify(last())).toContain('&lt;!channel&gt;');
    expect(JSON.stringify(last())).not.toContain('<!channel>');
  });

  test('a refusal is final and says why', async () => {
    const error = await failure(`${server.url}/services/gone`);
    expect(error).toMatchObject({ code: 'CHANNEL_REFUSED', retryable: false });
    expect(error.message).toBe('slack: the receiver answered 404: no_service');
  });

  test('429 is retryable, after as long as it says', async () => {
    await using busy = await startHttpReceiver(() => ({
      status: 429,
      headers: { 'retry-after': '7' },
    }));
    expect(await failure(busy.url)).toMatchObject({
      code: 'CHANNEL_BUSY',
      retryable: true,
      retryAfterSeconds: 7,
    });
  });

  test('a redirect is not followed', async () => {
    await using moved = await startHttpReceiver(() => ({
      status: 302,
      headers: { location: server.webhook },
    }));
    expect(await failure(moved.url)).toMatchObject({ code: 'CHANNEL_REFUSED' });
  });

  test('a server that is not there is retryable, and the URL stays secret', async () => {
    const error = await failure('http://127.0.0.1:1/services/T0/B0/secret');
    expect(error).toMatchObject({ code: 'CHANNEL_UNREACHABLE', retryable: true });
    expect(`${error.message} ${error.hint} ${error.cause}`).not.toContain('secret');
  });

  test('a receiver that never answers is given up with the caller’s signal', async () => {
    await using silent = await startHttpReceiver(() => undefined);
    const error = await failure(silent.url, AbortSignal.timeout(200));
    expect(error.code).toBe('CHANNEL_UNREACHABLE');
  });

  test.each(['hooks.slack.com/services/T0', 'file:///etc/passwd', ''])(
    'a secret that holds no URL is said to, without showing it: %s',
    async (url) => {
      const error = await failure(url);
      expect(error).toMatchObject({ code: 'CHANNEL_MISCONFIGURED', retryable: false });
      expect(url === '' || !error.message.includes(url)).toBe(true);
    },
  );
});

test('an entry is a reference, never the URL itself', () => {
  expect(slack.schema.safeParse({ slack: 'https://hooks.slack.com/services/T0' }).success).toBe(
    false,
  );
  expect(slack.schema.safeParse({ slack: 'env:SLACK_WEBHOOK' }).success).toBe(true);
});
