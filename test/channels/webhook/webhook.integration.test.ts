import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { webhook } from '../../../src/channels/webhook/webhook.ts';
import {
  type HttpReceiver,
  type ReceivedRequest,
  startHttpReceiver,
} from '../../servers/http-receiver.ts';
import { firing, monstrous, soon } from '../messages.ts';

const secret = 'a shared secret';
const now = new Date('2026-11-21T02:00:05Z');
let server: HttpReceiver;
beforeAll(async () => {
  server = await startHttpReceiver(({ path }) => ({ status: path === '/busy' ? 503 : 204 }));
});
afterAll(() => server.close());

const channelTo = (url: string, key = secret) =>
  webhook.create(
    { webhook: url, secret: 'env:HOOK_SECRET' },
    {
      secret: async (reference) => (reference === 'env:HOOK_SECRET' ? key : server.url),
      now: () => now,
    },
  );

type Check = (header: string, body: string, secret: string, now: number) => boolean;

/** The very lines that docs/alerts.md gives to receivers. */
async function documentedCheck(): Promise<Check> {
  const page = await readFile(new URL('../../../docs/alerts.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  return (await import(/* @vite-ignore */ url)).isAuthentic;
}

let check: Check;
beforeAll(async () => {
  check = await documentedCheck();
});

const isAuthentic = ({ headers, body }: ReceivedRequest, at: Date): boolean =>
  check(String(headers['holdfast-signature']), body, secret, at.getTime());

const last = (): ReceivedRequest => {
  const request = server.requests.at(-1);
  if (!request) throw new Error('nothing was received');
  return request;
};

describe('a signed webhook', () => {
  test('is the message as JSON', async () => {
    await channelTo(`${server.url}/hook?a=b`).send(firing, soon());
    expect(last()).toMatchObject({ method: 'POST', path: '/hook?a=b' });
    expect(JSON.parse(last().body)).toEqual({
      version: 1,
      ...firing,
      at: '2026-11-21T02:00:00.000Z',
    });
  });

  test('is authentic to who shares the secret', async () => {
    await channelTo(`${server.url}/hook`).send(monstrous, soon());
    expect(isAuthentic(last(), now)).toBe(true);
  });

  test('is not authentic when a byte of it, the secret or the time is another', async () => {
    await channelTo(`${server.url}/hook`).send(firing, soon());
    const request = last();
    expect(isAuthentic({ ...request, body: request.body.replace('orders', 'Orders') }, now)).toBe(
      false,
    );
    expect(isAuthentic(request, new Date('2026-11-21T03:00:00Z'))).toBe(false);
    await channelTo(`${server.url}/hook`, 'another secret').send(firing, soon());
    expect(isAuthentic(last(), now)).toBe(false);
  });

  test('its URL may be a secret too', async () => {
    await channelTo('env:HOOK_URL').send(firing, soon());
    expect(last().path).toBe('/');
  });

  test('5xx is retryable', async () => {
    await expect(channelTo(`${server.url}/busy`).send(firing, soon())).rejects.toMatchObject({
      code: 'CHANNEL_BUSY',
      retryable: true,
    });
  });
});

test.each([
  ['https://acme.example/hook', true],
  ['env:HOOK_URL', true],
  ['https://user:password@acme.example/hook', false],
  ['ftp://acme.example', false],
  ['x env:HOOK_URL', false],
])('an entry with %s: accepted is %s', (url, accepted) => {
  expect(webhook.schema.safeParse({ webhook: url, secret: 'env:S' }).success).toBe(accepted);
});
