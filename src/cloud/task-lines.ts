/** What the tasks of one execution write, from CloudWatch Logs, a few seconds late. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { awsFailure } from './aws-failure.ts';
import { clientConfig, type Deployment } from './deployment.ts';

/** A line of JSON: progress, or a log line. */
export type TaskLine = Readonly<Record<string, unknown>>;

export interface TaskLinesOptions {
  readonly execution: string;
  readonly since: Date;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onLine: (line: TaskLine) => void;
  readonly pauseMilliseconds?: number;
}

/** FilterLogEvents is granted 5 to 10 times a second for a whole account. */
const usualPause = 2_000;

/** Until the signal, and once after it. Rejects with CloudError where the log may not be read. */
export async function tellTaskLines(
  { region, stage, stack }: Deployment,
  { execution, since, signal, onLine, pauseMilliseconds = usualPause }: TaskLinesOptions,
): Promise<void> {
  const client = new CloudWatchLogsClient(clientConfig(region));
  const reader = eachOnce(since);
  try {
    for (;;) {
      const isLast = signal.aborted;
      // A quoted term: it is read as it stands, hyphens and all.
      const command = new FilterLogEventsCommand({
        logGroupName: `/holdfast/${stage}/tasks`,
        filterPattern: `"${execution}"`,
        startTime: reader.startTime(),
      });
      const { events = [] } = await client.send(command);
      const lines = reader.unseen(events).map(({ message = '' }) => parseLine(message));
      for (const line of lines) if (line?.['execution'] === execution) onLine(line);
      if (isLast) return;
      await delay(pauseMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    throw awsFailure(`reading the tasks' log of ${stack}`, error);
  } finally {
    client.destroy();
  }
}

/** Each event once: the next question begins at the time of the last answer. */
function eachOnce(since: Date) {
  const seen = new Set<string>();
  let startTime = since.getTime();
  return {
    startTime: () => startTime,
    unseen: (events: readonly FilteredLogEvent[]): FilteredLogEvent[] => {
      const fresh = events.filter(({ eventId = '' }) => !seen.has(eventId));
      for (const { eventId = '', timestamp = startTime } of fresh) {
        seen.add(eventId);
        startTime = Math.max(startTime, timestamp);
      }
      return fresh;
    },
  };
}

function parseLine(message: string): TaskLine | undefined {
  try {
    return JSON.parse(message) as TaskLine;
  } catch {
    return undefined;
  }
}
