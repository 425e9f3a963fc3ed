/** `holdfast keys rotate`: the configured recipients, for old sets too. */
import { defineCommand } from '../command.ts';
import { keysInput, keysReport, renderKeys, wrapForAll } from '../key-files.ts';

export const keysRotate = defineCommand({
  description:
    'Makes a new key check and adds a small key file to every set for each configured recipient it lacks. The data is never rewritten; a key that left the configuration still opens the sets it was made for.',
  options: [
    {
      flags: '--private-key <file>',
      description: 'PEM of an escrow key that opens the old sets; may be repeated',
      repeatable: true,
      completes: 'file',
    },
  ],
  examples: [
    { line: 'holdfast keys rotate', does: 'After changing vault.encryption in holdfast.yaml' },
  ],
  input: keysInput,
  result: keysReport,
  run: ({ privateKey }, context) => wrapForAll(context, { privateKey, newCheck: true }),
  render: renderKeys,
});
