/** `holdfast cost`: what a month of the deployed form costs, and what another retention would save. */
import { z } from 'zod';
import { assumptionsOf } from '../../core/cost/assumptions.ts';
import { factsOfConfig, type StoredFacts } from '../../core/cost/facts-of-config.ts';
import { parseSize, parseTiers, type SizeOption } from '../../core/cost/options.ts';
import { parseKeep } from '../../core/cost/parse-keep.ts';
import { reportError, VaultMissingError } from '../../core/errors.ts';
import { engines } from '../../engines/index.ts';
import { measureSets } from '../../pipeline/measured-sets.ts';
import type { Vault } from '../../pipeline/vault/index.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { costAnswer, costSchema } from '../cost/answer.ts';
import { costPage } from '../cost/page.ts';
import { selectSources } from '../select-sources.ts';

export const cost = defineCommand({
  description:
    'Forecasts what a month on AWS costs, from the configuration and from the sets that the vault has: storage, requests, transfer, tasks, functions, transitions, keys. Before the first backup it says what it assumes. Changes nothing and needs no key. docs/cost.md tells what is counted.',
  arguments: [{ name: '[sources...]', description: 'names (default: all)', completes: 'source' }],
  options: [
    {
      flags: '--keep <rules>',
      description:
        'compare with this retention: daily=30,weekly=12, or POLICY:daily=30 for one policy',
      repeatable: true,
    },
    {
      flags: '--size <size>',
      description: 'stored size of a full where there is no backup yet: 40GiB, or SOURCE=40GiB',
      repeatable: true,
    },
    {
      flags: '--tier <class=days>',
      description:
        'as if every bucket moved data to a colder class after so many days, instead of its own `tiers`: GLACIER_IR=30; none for no tiers',
      repeatable: true,
    },
    { flags: '--offline', description: 'do not look into the vault' },
  ],
  examples: [
    { line: 'holdfast cost', does: 'The month, source by source and item by item' },
    {
      line: 'holdfast cost --keep daily:daily=14,weekly=8',
      does: 'What another retention of the policy daily would save or cost',
    },
    {
      line: 'holdfast cost orders --offline --size 40GiB',
      does: 'Before the first backup, for a database of 40 GiB stored',
    },
    {
      line: 'holdfast cost --json --tier GLACIER_IR=30',
      does: 'Every figure, with data in a colder class after a month',
    },
  ],
  input: z.object({
    sources: z.array(z.string()).default([]),
    keep: z.array(z.string()).default([]),
    size: z.array(z.string()).default([]),
    tier: z.array(z.string()).default([]),
    offline: z.boolean().default(false),
  }),
  result: costSchema,
  async run({ sources, keep, size, tier, offline }, context) {
    const [changes, tiers, sizes] = [keep.map(parseKeep), parseTiers(tier), size.map(parseSize)];
    const site = await context.site();
    const { config } = site;
    const names = selectSources(config, { sources, all: sources.length === 0 });
    const facts = factsOfConfig({
      ...{ config, names, tiers },
      now: context.now(),
      firstMethod: (engine) => engines.find(({ name }) => name === engine)?.methods[0],
      stored: offline ? new Map() : await storedFacts(site, names, context),
      expectedBytes: (source) => sizeFor(sizes, source),
    });
    return { result: costAnswer(facts, { changes, assumptions: assumptionsOf(facts, config) }) };
  },
  render: costPage,
});

const sizeFor = (sizes: readonly SizeOption[], source: string): number | undefined =>
  sizes.findLast((size) => size.source === undefined || size.source === source)?.bytes;

async function storedFacts(
  site: Site,
  names: readonly string[],
  context: CommandContext,
): Promise<ReadonlyMap<string, StoredFacts>> {
  const vault = await openIfThere(site, context);
  const stored = new Map<string, StoredFacts>();
  if (vault) for (const name of names) stored.set(name, await measureSets(vault, name));
  return stored;
}

/** A vault that is not there yet, or not reachable from here, leaves the configuration to go by. */
async function openIfThere(site: Site, { warn }: CommandContext): Promise<Vault | undefined> {
  try {
    return await site.vaults.openKeyless();
  } catch (error) {
    if (!(error instanceof VaultMissingError)) {
      warn(`the vault cannot be read, so nothing is measured: ${reportError(error).message}`);
    }
    return undefined;
  }
}
