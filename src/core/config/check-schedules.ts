/** Every schedule of a configuration, read by the scheduler's own parser. */
import { reportError } from '../errors.ts';
import { parseSchedule } from '../schedule.ts';
import { type Finding, finding } from './finding.ts';
import type { Path } from './place.ts';
import type { Config } from './schema.ts';

interface Timed {
  readonly schedule?: string | undefined;
  readonly timezone?: string;
}

export function checkSchedules(config: Config): Finding[] {
  const sources = Object.entries(config.sources).flatMap(([name, source]) => [
    ...Object.entries(source.policies).flatMap(([policy, timed]) =>
      checkSchedule(['sources', name, 'policies', policy], timed),
    ),
    ...checkSchedule(['sources', name, 'drill'], source.drill ?? {}),
  ]);
  const clusters = Object.entries(config.clusters).flatMap(([name, { drill, readiness }]) => [
    ...checkSchedule(['clusters', name, 'drill'], drill ?? {}),
    ...checkSchedule(['clusters', name, 'readiness'], readiness),
  ]);
  return [...sources, ...clusters, ...checkSchedule(['health'], config.health)];
}

function checkSchedule(path: Path, { schedule, timezone }: Timed): Finding[] {
  if (schedule === undefined) return [];
  try {
    parseSchedule(schedule, timezone);
    return [];
  } catch (error) {
    const { message, hint } = reportError(error);
    const texts = [message, hint].filter((text) => text !== undefined);
    return [finding([...path, 'schedule'], texts.map(lowerFirst).join('; '))];
  }
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
