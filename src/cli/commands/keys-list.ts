/** `holdfast keys`: who can open the backups. */
import { z } from 'zod';
import { SecretError } from '../../core/errors.ts';
import type { Recipient } from '../../core/ports/keyring.ts';
import { listSets, loadSet, servedRecipients } from '../../pipeline/vault/index.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { table } from '../output/table.ts';
import { knownSources } from '../stored-sources.ts';

const keySchema = z.object({
  id: z.string(),
  /** In the configuration now; else only some older sets have it. */
  configured: z.boolean(),
  /** False for a public key alone. */
  canOpen: z.boolean().nullable(),
  /** How many of the sets it opens. */
  sets: z.number(),
});

export const keysList = defineCommand({
  description:
    'Lists the recipients of the configuration and of the stored sets, and how many sets each one opens.',
  examples: [{ line: 'holdfast keys', does: 'Who can open what' }],
  input: z.object({}),
  result: z.object({ keys: z.array(keySchema), sets: z.number() }),
  async run(_input, context) {
    const site = await context.site();
    const recipients = await configured(site, context);
    const vault = await site.vaults.openKeyless();
    const opened = new Map<string, number>(recipients.map(({ id }) => [id, 0]));
    let sets = 0;
    for (const source of await knownSources(site, vault, [])) {
      for await (const id of listSets(vault, source)) {
        if ((await loadSet(vault, source, id)).state !== 'committed') continue;
        sets += 1;
        for (const recipient of await servedRecipients(vault, { source, id })) {
          opened.set(recipient, (opened.get(recipient) ?? 0) + 1);
        }
      }
    }
    const keys = [...opened].map(([id, count]) => {
      const recipient = recipients.find((each) => each.id === id);
      return {
        id,
        configured: recipient !== undefined,
        canOpen: recipient?.canUnwrap ?? null,
        sets: count,
      };
    });
    return { result: { keys, sets } };
  },
  render: ({ keys, sets }, screen) =>
    table(
      screen,
      ['key', 'configured', 'here', 'sets'],
      keys.map(({ id, configured, canOpen, sets: count }) => [
        id,
        configured ? 'yes' : 'no longer',
        canOpen === null ? '' : canOpen ? 'opens' : 'public half only',
        `${count} of ${sets}`,
      ]),
    ),
});

/** What opens the sets is told also where the configuration's own keys are lost. */
async function configured(site: Site, { warn }: CommandContext): Promise<readonly Recipient[]> {
  try {
    return await site.recipients();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    warn(`the keys of the configuration are not known: ${error.message}`);
    return [];
  }
}
