/** The daily summary: one message over all sources, whether anything is wrong or not. */
import { z } from 'zod';
import type { Config } from '../config/schema.ts';
import { durationText, sizeText } from '../duration.ts';
import type { RpoStatus } from '../objectives.ts';
import type { AlertMessage } from '../ports/channel.ts';
import { parseSchedule, previousRun } from '../schedule.ts';

export type DigestConfig = NonNullable<Config['alerts']['digest']>;

export interface DigestLine {
  readonly source: string;
  readonly rpo: RpoStatus;
  /** Absent, as the next two, where only the newest sets were looked at. */
  readonly sets?: number | undefined;
  readonly storedBytes?: number | undefined;
  readonly newestDrillAt?: Date | undefined;
  /** Titles of what is open. */
  readonly problems: readonly string[];
}

/** At `state/alerts/digest.json`: which digest each channel got last. */
export const digestStateSchema = z.strictObject({
  format: z.literal(1),
  sent: z.record(z.string(), z.iso.datetime()),
});
export type DigestState = z.infer<typeof digestStateSchema>;

/**
 * Channels that have not had the newest digest, and its time. One that is seen for the first time waits
 * for the next; several that were missed are caught up by one.
 */
export function dueDigest(
  config: DigestConfig,
  state: DigestState | undefined,
  now: Date,
): { readonly at: Date; readonly channels: readonly string[] } | undefined {
  const [hour, minute] = config.at.split(':').map(Number);
  const schedule = parseSchedule(`cron(${minute} ${hour} * * ? *)`, config.timezone);
  // A daily schedule has a run before any date.
  const at = previousRun(schedule, now) as Date;
  const channels = config.to.filter((channel) => {
    const sent = state?.sent[channel];
    return sent !== undefined && new Date(sent) < at;
  });
  return channels.length > 0 ? { at, channels } : undefined;
}

/** Notes which digest went to whom; a channel without an entry waits from now on. */
export function recordDigest(
  config: DigestConfig,
  state: DigestState | undefined,
  sent: { readonly at: Date; readonly channels: readonly string[] },
): DigestState {
  const at = sent.at.toISOString();
  const waiting = Object.fromEntries(config.to.map((channel) => [channel, at]));
  const had = Object.entries(state?.sent ?? {}).filter(
    ([channel]) => !sent.channels.includes(channel),
  );
  return { format: 1, sent: { ...waiting, ...Object.fromEntries(had) } };
}

export function digestMessage(
  lines: readonly DigestLine[],
  moment: { readonly scope: string; readonly at: Date },
): AlertMessage {
  const wrong = lines.filter(({ rpo, problems }) => rpo.stale || problems.length > 0);
  const good = lines.length - wrong.length;
  const attention =
    wrong.length === 0
      ? 'nothing needs attention'
      : `${wrong.length} ${wrong.length === 1 ? 'needs' : 'need'} attention`;
  return {
    event: 'digest',
    status: 'info',
    dedupKey: `${moment.scope}.digest`,
    severity: 'info',
    title: `Backups: ${good} of ${lines.length} sources good, ${attention}`,
    detail: lines.map(digestText).join('\n'),
    impact: wrong.map(({ source, rpo }) => `${source}: ${rpo.text}`).join('; '),
    command: 'holdfast status',
    fields: {},
    at: moment.at,
  };
}

function digestText(line: DigestLine): string {
  const age = line.rpo.ageSeconds;
  const verified = age === undefined ? 'nothing verified' : `verified ${durationText(age)} ago`;
  const state = line.rpo.stale ? 'STALE' : line.problems.length > 0 ? 'PROBLEM' : 'good';
  const facts = [verified, ...setTexts(line), ...line.problems];
  return `${line.source}: ${state}: ${facts.join('; ')}`;
}

function setTexts({ sets, storedBytes, newestDrillAt }: DigestLine): string[] {
  if (sets === undefined || storedBytes === undefined) return [];
  const drill = newestDrillAt
    ? `drilled ${newestDrillAt.toISOString().slice(0, 10)}`
    : 'never drilled';
  return [drill, `${sets} ${sets === 1 ? 'set' : 'sets'}, ${sizeText(storedBytes)}`];
}
