/** `holdfast keys test`: whether a key alone opens every backup. */
import { z } from 'zod';
import type { Recipient } from '../../core/ports/keyring.ts';
import { testKey, type Vault } from '../../pipeline/vault/index.ts';
import { defineCommand } from '../command.ts';

const keySchema = z.object({
  key: z.string(),
  opens: z.number(),
  /** Sets that this key alone does not open. */
  closed: z.array(z.object({ source: z.string(), backup: z.string() })),
});
type Key = z.infer<typeof keySchema>;

export const keysTest = defineCommand({
  description:
    'Opens the key check of the vault and the key of every set with one recipient alone: with --private-key the escrow key, whose private half lies nowhere else; without, each configured recipient that can open.',
  options: [
    {
      flags: '--private-key <file>',
      description: 'PEM of the escrow key; may be repeated',
      repeatable: true,
      completes: 'file',
    },
  ],
  examples: [
    {
      line: 'holdfast keys test --private-key /media/usb/escrow.pem',
      does: 'Prove the escrow key',
    },
    { line: 'holdfast keys test', does: 'Prove every configured key' },
  ],
  input: z.object({ privateKey: z.array(z.string()).default([]) }),
  result: z.object({ keys: z.array(keySchema) }),
  async run({ privateKey }, context) {
    const site = await context.site({ privateKeys: privateKey });
    const vault = await site.vaults.openKeyless();
    const recipients = await site.recipients();
    const able = recipients.filter(({ canUnwrap }) => canUnwrap);
    const tested = privateKey.length > 0 ? able.slice(0, privateKey.length) : able;
    const keys: Key[] = [];
    for (const recipient of tested) keys.push(await testOne(vault, recipient, context.signal));
    const closed = keys.some((key) => key.closed.length > 0);
    return { result: { keys }, exitCode: closed ? 13 : 0 };
  },
  render: ({ keys }) =>
    keys
      .flatMap(({ key, opens, closed }) => [
        `${key} opens ${opens} of ${opens + closed.length} sets`,
        ...closed.map(
          ({ source, backup }) => `  does NOT open ${source} ${backup}: \`holdfast keys add\``,
        ),
      ])
      .join('\n'),
});

async function testOne(vault: Vault, recipient: Recipient, signal: AbortSignal): Promise<Key> {
  const key: Key = { key: recipient.id, opens: 0, closed: [] };
  for await (const { source, id, opens } of testKey(vault, recipient, signal)) {
    if (opens) key.opens += 1;
    else key.closed.push({ source, backup: id });
  }
  return key;
}
