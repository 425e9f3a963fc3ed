/** What a deployment costs whoever its sources are: the health check, keys, secrets, alarms, endpoints. */
import { mostMeasuredSources } from '../figures.ts';
import type { CostFacts } from './facts.ts';
import { type CostLine, costLine, hoursPerMonth, prices } from './prices.ts';
import { at, recorded } from './recorded.ts';
import { functionLines } from './run-lines.ts';
import { runsPerMonth } from './run-times.ts';
import type { SourceMonth } from './source-month.ts';

/** Counted by nobody yet: what a run writes to logs, the alarms of a stack, requests to KMS. */
export const guesses = {
  logBytesPerRun: 64 * 1024,
  alarms: 10,
  /** The key check, a signature and its public key; and one wrapped key for each recipient. */
  kmsRequestsPerRun: 3,
  /** ecr.api, ecr.dkr, logs, secretsmanager, kms, states; S3's own endpoint is free. */
  endpoints: 6,
  zones: 2,
} as const;

export function standingLines(facts: CostFacts, months: readonly SourceMonth[]): CostLine[] {
  const runs = months.reduce((sum, each) => sum + each.runs, 0);
  const sets = months.reduce((sum, each) => sum + each.sets, 0);
  const own = [...healthLines(facts, sets), ...keyLines(facts, runs), ...watchLines(facts, runs)];
  return [...own, ...freeTransitions([...months.flatMap(({ lines }) => lines), ...own])];
}

function healthLines(facts: CostFacts, sets: number): CostLine[] {
  const perMonth = runsPerMonth(facts.healthSchedule, facts.now);
  const { health, healthOfMany } = recorded;
  const detail = 'health check';
  const each = { detail, quantity: perMonth };
  const sources = facts.sources.length;
  const count = (kind: 'put' | 'get'): number =>
    sources > mostMeasuredSources
      ? health[kind].base + sources * healthOfMany[kind]
      : at(health[kind], sets);
  return [
    costLine('requests', 's3.put', { ...each, quantity: perMonth * count('put') }),
    costLine('requests', 's3.get', { ...each, quantity: perMonth * count('get') }),
    costLine('transitions', 'states.transition', {
      ...each,
      quantity: perMonth * health.transitions,
    }),
    ...functionLines(detail, health, { ...facts, perMonth, sets }),
  ];
}

function keyLines({ kmsKeys, kmsRecipients, secrets }: CostFacts, runs: number): CostLine[] {
  const keys = { quantity: kmsKeys, detail: 'keys' };
  const perRun = guesses.kmsRequestsPerRun + kmsRecipients;
  const requests = { quantity: runs * perRun, detail: 'requests' };
  return [
    costLine('keys', 'kms.key', keys),
    costLine('keys', 'kms.request', requests),
    costLine('secrets', 'secret', { quantity: secrets, detail: 'secrets' }),
    costLine('secrets', 'secret.request', {
      quantity: 2 * runs * Math.min(1, secrets),
      detail: 'requests',
    }),
  ];
}

function watchLines({ endpoints, sources }: CostFacts, runs: number): CostLine[] {
  const gigabytes = (runs * guesses.logBytesPerRun) / 1e9;
  const zoneHours = endpoints ? guesses.endpoints * guesses.zones * hoursPerMonth : 0;
  return [
    costLine('logs and alarms', 'logs.in', { quantity: gigabytes, detail: 'logs' }),
    costLine('logs and alarms', 'metric', {
      quantity: metricsOf(sources.length),
      detail: 'metrics',
    }),
    costLine('logs and alarms', 'alarm', { quantity: guesses.alarms, detail: 'alarms' }),
    costLine('network', 'endpoint.hour', { quantity: zoneHours, detail: 'endpoints' }),
  ];
}

/** Those of `figureNames`: five of the stage, and four of each source while they are few. */
const metricsOf = (sources: number): number =>
  5 + (sources > mostMeasuredSources ? 0 : 4 * sources);

function freeTransitions(lines: readonly CostLine[]): CostLine[] {
  const used = lines
    .filter(({ item }) => item === 'transitions')
    .reduce((sum, { quantity }) => sum + quantity, 0);
  const quantity = -Math.min(used, prices.prices['states.free'].dollars);
  return [costLine('transitions', 'states.transition', { quantity, detail: 'free each month' })];
}
