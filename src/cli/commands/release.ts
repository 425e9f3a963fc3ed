/** `holdfast release`: ends a hold. */
import { z } from 'zod';
import { releaseBackup } from '../../pipeline/hold.ts';
import { defineCommand } from '../command.ts';
import { heldSet } from '../held-set.ts';

export const release = defineCommand({
  description: 'Ends a hold: the policies decide again.',
  arguments: [{ name: '<backup>', description: 'a backup id that is held' }],
  options: [{ flags: '--reason <text>', description: 'why it may go (required)' }],
  examples: [
    {
      line: 'holdfast release 20261121T020000Z-daily-1a2b3c4d --reason "migration done"',
      does: 'Let retention have it again',
    },
  ],
  input: z.object({ backup: z.string(), reason: z.string().min(1).optional() }),
  result: z.object({ source: z.string(), backup: z.string(), reason: z.string() }),
  async run({ backup, reason }, context) {
    const { vault, signer, request } = await heldSet(context, { backup, reason });
    await releaseBackup(vault, signer, request);
    return { result: { source: request.source, backup, reason: request.reason } };
  },
  render: ({ source, backup }) => `${source} ${backup} is no longer held`,
});
