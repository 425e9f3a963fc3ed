import { expect, test } from 'vitest';
import { openChannel } from '../../src/channels/channel-kind.ts';
import { channels } from '../../src/channels/index.ts';
import { ChannelError } from '../../src/core/errors.ts';

const dependencies = { secret: async () => '', now: () => new Date() };

const entries = [
  { slack: 'env:SLACK_WEBHOOK' },
  { email: 'ops@acme.example', smtp: 'env:SMTP_URL' },
  { pagerduty: 'env:PD_KEY' },
  { sns: 'arn:aws:sns:us-east-1:111122223333:backups' },
  { webhook: 'https://acme.example/hook', secret: 'env:HOOK_SECRET' },
];

test.each(entries)('an entry %j is accepted by its own kind alone, and opens it', (entry) => {
  const accepting = channels.filter(({ schema }) => schema.safeParse(entry).success);
  expect(accepting.map(({ kind }) => kind)).toEqual([Object.keys(entry)[0]]);
  expect(openChannel(channels, entry, dependencies).kind).toBe(Object.keys(entry)[0]);
});

test('every kind of the registry is tried above', () => {
  expect(channels.map(({ kind }) => kind).sort()).toEqual(
    entries.map((e) => Object.keys(e)[0]).sort(),
  );
});

test('an entry of no kind is refused with the kinds there are', () => {
  const open = () => openChannel(channels, { teams: 'env:X' }, dependencies);
  expect(open).toThrow(ChannelError);
  expect(open).toThrow('the keys are teams');
});
