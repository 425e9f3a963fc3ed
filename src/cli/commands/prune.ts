/** `holdfast prune`: removes what no policy keeps, or explains what it would do. */
import { z } from 'zod';
import type { ErrorReport } from '../../core/errors.ts';
import { retainSource } from '../../pipeline/retain.ts';
import {
  badAtPrimary,
  lastAtCopies,
  planSourceRetention,
} from '../../pipeline/sets/retention-plan.ts';
import { destinationsElsewhere, retainedDestinations } from '../../wiring/destinations.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { worstExitCode } from '../exit-codes.ts';
import { plural } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';
import { failuresOf } from '../run-sources.ts';
import { selectSources } from '../select-sources.ts';

const decisionSchema = z.object({
  source: z.string(),
  destination: z.string(),
  backup: z.string(),
  decision: z.enum(['keep', 'remove', 'removed']),
  reasons: z.array(z.string()),
});
type Decision = z.infer<typeof decisionSchema>;

export const prune = defineCommand({
  description:
    'Removes what no policy keeps any more, at every destination. Never removed: the newest set, the newest verified sets up to `retention.floor`, what a kept set builds on, held and locked sets. --dry-run explains each set in a line.',
  arguments: [{ name: '[sources...]', description: 'names (default: all)', completes: 'source' }],
  options: [{ flags: '--dry-run', description: 'explain, remove nothing' }],
  examples: [
    { line: 'holdfast prune --dry-run', does: 'What stays, what goes, and why' },
    { line: 'holdfast prune orders', does: 'Remove what one source no longer keeps' },
  ],
  input: z.object({ sources: z.array(z.string()).default([]), dryRun: z.boolean().default(false) }),
  result: z.object({ dryRun: z.boolean(), decisions: z.array(decisionSchema) }),
  async run({ sources, dryRun }, context) {
    const site = await context.site();
    await site.vaults.openKeyless();
    const names = selectSources(site.config, { sources, all: sources.length === 0 });
    const decisions: Decision[] = [];
    const failed: { source: string; error: ErrorReport }[] = [];
    for (const source of names) {
      if (dryRun) decisions.push(...(await explain(site, source, context)));
      else {
        const sweepAll = sources.length === 0 && source === names[0];
        const { removed, errors } = await remove({ site, name: source, sweepAll }, context);
        decisions.push(...removed);
        failed.push(...errors.map((error) => ({ source, error })));
      }
    }
    const exitCode = worstExitCode(failed.map(({ error }) => error.exitCode));
    return { result: { dryRun, decisions }, exitCode, errors: failuresOf(failed) };
  },
  render: ({ dryRun, decisions }, screen) => render(decisions, dryRun, screen),
});

async function explain(
  site: Site,
  name: string,
  { now, warn }: CommandContext,
): Promise<Decision[]> {
  const { source } = site.source(name);
  const rules = { source, floor: site.config.retention.floor, now: now() };
  const decisions: Decision[] = [];
  const destinations = retainedDestinations(site);
  const atCopies = lastAtCopies(await badAtPrimary(name, destinations));
  for (const { name: destination, keep, replicated, open } of destinations) {
    const vault = await open().catch((error: Error) => {
      warn(`${destination}: ${error.message}`);
    });
    if (!vault) continue;
    const mayBeLast = destination === 'primary' ? undefined : atCopies;
    const plan = await planSourceRetention(name, { vault, keep, mayBeLast, replicated }, rules);
    const line =
      (decision: 'keep' | 'remove') => (each: { id: string; reasons: readonly string[] }) => ({
        source: name,
        destination,
        backup: each.id,
        decision,
        reasons: [...each.reasons],
      });
    decisions.push(...plan.keep.map(line('keep')), ...plan.remove.map(line('remove')));
  }
  return decisions;
}

const budgetSeconds = 24 * 3600;

/** Named sources sweep what they left themselves, the first of all what anybody left. */
async function remove(
  { site, name, sweepAll }: { site: Site; name: string; sweepAll: boolean },
  { signal }: CommandContext,
) {
  const { source } = site.source(name);
  const { removed, errors } = await retainSource(name, {
    destinations: retainedDestinations(site),
    elsewhere: destinationsElsewhere(site),
    rules: { source, floor: site.config.retention.floor },
    signer: await site.signer(),
    now: site.now,
    signal,
    budgetSeconds,
    sweepAll,
  });
  const decisions = removed.map(
    ({ destination, backup, reason }): Decision => ({
      source: name,
      destination,
      backup,
      decision: 'removed',
      reasons: [reason],
    }),
  );
  return { removed: decisions, errors };
}

function render(decisions: readonly Decision[], dryRun: boolean, screen: Screen): string {
  const going = decisions.filter(({ decision }) => decision !== 'keep').length;
  const verdict = dryRun
    ? `${plural(going, 'set')} would go, ${plural(decisions.length - going, 'set')} would stay.`
    : `${plural(going, 'set')} removed.`;
  if (decisions.length === 0) return verdict;
  const rows = decisions.map(({ source, destination, backup, decision, reasons }) => [
    source,
    destination,
    backup,
    decision === 'keep' ? decision : screen.paint('yellow', decision),
    reasons.join('; '),
  ]);
  return `${table(screen, ['source', 'at', { title: 'backup', firm: true }, '', 'why'], rows)}\n\n${verdict}`;
}
