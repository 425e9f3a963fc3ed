/** What the figures of a forecast rest on and what nobody measured, a sentence each. */
import { type Config, destinations } from '../config/schema.ts';
import type { CostFacts, PolicyFacts } from './facts.ts';
import { isOnAws } from './facts-of-config.ts';
import { prices } from './prices.ts';

export function assumptionsOf(facts: CostFacts, config: Config): string[] {
  const { region = prices.region } = config.vault.primary;
  const elsewhere = destinations(config).filter(({ destination }) => !isOnAws(destination));
  const findings: [readonly string[], (names: string) => string][] = [
    [
      facts.sources.filter(({ measured }) => measured.length === 0).map(({ name }) => name),
      (names) =>
        `${names}: no whole backup to measure yet. A full is taken as --size says, else as 10 GiB stored; an increment as 5 % of it, a dump as 50 MiB/s.`,
    ],
    [
      policiesWith(facts, ({ schedule }) => schedule === undefined),
      (names) => `${names}: no schedule, so no run is counted.`,
    ],
    [
      policiesWith(facts, ({ schedule, keep }) => schedule !== undefined && keep === undefined),
      (names) => `${names}: no \`keep\`, so nothing is ever removed; settled means after a year.`,
    ],
    [
      facts.destinations.flatMap(({ name, lockDays }) =>
        lockDays === undefined ? [] : [`${name} for ${lockDays} days`],
      ),
      (names) =>
        `Every set is locked at ${names}: what a policy keeps for less stays and costs as long.`,
    ],
    [
      [region].filter((name) => name !== prices.region),
      (name) => `Prices are those of ${prices.region}; ${name} may differ by a fifth and more.`,
    ],
    [
      elsewhere.map(({ name }) => name),
      (names) =>
        `${names}: outside AWS. As the primary it is counted as a bucket there; as a copy it costs the way to it and nothing else.`,
    ],
  ];
  return [
    ...findings.flatMap(([who, say]) => (who.length === 0 ? [] : [say(list(who))])),
    'Every run succeeds at its first attempt; restores and runs by hand are not counted.',
    'Not recorded but guessed: 30 s to start a task, 64 KiB of logs a run, 10 alarms, 3 KMS requests a run and one for each recipient.',
  ];
}

const policiesWith = (
  { sources }: CostFacts,
  picks: (policy: PolicyFacts) => boolean,
): readonly string[] =>
  sources.flatMap(({ name, policies }) =>
    Object.entries(policies).flatMap(([policy, facts]) =>
      picks(facts) ? [`${name}/${policy}`] : [],
    ),
  );

const list = (names: readonly string[]): string =>
  names.length > 6
    ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`
    : names.join(', ');
