/** `holdfast keys add`: key files that are still missing, such as those of a Region that was away. */
import { defineCommand } from '../command.ts';
import { keysInput, keysReport, renderKeys, wrapForAll } from '../key-files.ts';

export const keysAdd = defineCommand({
  description:
    'Adds the key files that sets lack for the configured recipients: after a recipient was added, or could not be reached during a backup.',
  options: [
    {
      flags: '--private-key <file>',
      description: 'PEM of an escrow key that opens the old sets; may be repeated',
      repeatable: true,
      completes: 'file',
    },
  ],
  examples: [{ line: 'holdfast keys add', does: 'Complete what is pending' }],
  input: keysInput,
  result: keysReport,
  run: ({ privateKey }, context) => wrapForAll(context, { privateKey, newCheck: false }),
  render: renderKeys,
});
