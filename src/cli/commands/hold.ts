/** `holdfast hold`: a set that must stay, whatever the policies say. */
import { z } from 'zod';
import { holdBackup } from '../../pipeline/hold.ts';
import { defineCommand } from '../command.ts';
import { heldSet } from '../held-set.ts';

export const hold = defineCommand({
  description:
    'Keeps one backup, and what it builds on, until `release`, whatever the policies say. The reason is signed and shown by `list`, `show` and `prune --dry-run`.',
  arguments: [{ name: '<backup>', description: 'a backup id, as `list` shows it' }],
  options: [{ flags: '--reason <text>', description: 'why it must stay (required)' }],
  examples: [
    {
      line: 'holdfast hold 20261121T020000Z-daily-1a2b3c4d --reason "before the migration"',
      does: 'Keep a backup for ever',
    },
  ],
  input: z.object({
    backup: z.string(),
    reason: z.string().min(1, 'say why, with --reason').optional(),
  }),
  result: z.object({ source: z.string(), backup: z.string(), reason: z.string() }),
  async run({ backup, reason }, context) {
    const { vault, signer, request } = await heldSet(context, { backup, reason });
    await holdBackup(vault, signer, request);
    return { result: { source: request.source, backup, reason: request.reason } };
  },
  render: ({ source, backup, reason }) => `${source} ${backup} is held: ${reason}`,
});
