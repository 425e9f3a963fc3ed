/** How far the work is: bars on a terminal, a line now and then elsewhere; always on stderr. */
import { MultiBar, type SingleBar } from 'cli-progress';
import { durationText, sizeText } from '../../core/duration.ts';
import type { ProgressUpdate } from '../../core/ports/engine.ts';
import { countText } from './figures.ts';

export interface ShownUpdate extends ProgressUpdate {
  /** `total` is a guess from earlier runs. */
  readonly isEstimate?: boolean;
}

export interface ProgressView {
  /** `task` is shown first: a source's name. */
  update(task: string, update: ShownUpdate): void;
  /** Takes the task's bar away. */
  finish(task: string): void;
  /** Prints a line above the bars. */
  line(text: string): void;
  close(): void;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  readonly now: () => Date;
}

export function createProgress(options: ProgressOptions): ProgressView {
  const line = (text: string): void => {
    options.stream.write(`${text}\n`);
  };
  if (options.quiet) return { update: () => {}, finish: () => {}, line, close: () => {} };
  return options.stream.isTTY ? bars(options) : lines(options, line);
}

interface Pace {
  readonly since: number;
  readonly from: number;
}

/** Figures of the phase under way: `1.2 GiB of 3.4 GiB, 120 MiB/s, 18s left`. */
export function describeProgress(update: ShownUpdate, pace: Pace, nowMs: number): string {
  const amount = (value: number): string =>
    update.unit === 'bytes' ? sizeText(value) : countText(value);
  const unit = update.unit === 'bytes' ? '' : ` ${update.unit}`;
  const about = update.isEstimate ? 'about ' : '';
  const total = update.total === undefined ? '' : ` of ${about}${amount(update.total)}`;
  const seconds = (nowMs - pace.since) / 1000;
  const rate = seconds > 0.5 ? (update.done - pace.from) / seconds : 0;
  if (rate <= 0) return `${amount(update.done)}${total}${unit}`;
  const left = update.total === undefined ? undefined : (update.total - update.done) / rate;
  const time = left === undefined || left < 0 ? '' : `, ${durationText(Math.ceil(left))} left`;
  return `${amount(update.done)}${total}${unit}, ${amount(Math.round(rate))}${unit}/s${time}`;
}

/** Remembers since when each task is in its phase. */
function pacer(now: () => Date) {
  const paces = new Map<string, Pace>();
  return (task: string, update: ProgressUpdate): Pace => {
    const key = JSON.stringify([task, update.phase]);
    const known = paces.get(key);
    if (known !== undefined && known.from <= update.done) return known;
    const pace = { since: now().getTime(), from: update.done };
    paces.set(key, pace);
    return pace;
  };
}

function bars({ stream, now }: ProgressOptions): ProgressView {
  const shown = new Map<string, SingleBar>();
  const paceOf = pacer(now);
  let multi: MultiBar | undefined;
  return {
    update: (task, update) => {
      // Made when there is something to show: it moves the cursor about even for nothing.
      multi ??= openBars(stream);
      const text = describeProgress(update, paceOf(task, update), now().getTime());
      const payload = { task, phase: update.phase, text, gauge: gauge(update) };
      // Bytes move while tables or files are counted: each has a line.
      const line = update.unit === 'bytes' ? `${task} bytes` : task;
      const bar = shown.get(line) ?? multi.create(1, 0, payload);
      shown.set(line, bar);
      bar.update(0, payload);
    },
    finish: (task) => {
      for (const line of [task, `${task} bytes`]) {
        const bar = shown.get(line);
        if (bar !== undefined) multi?.remove(bar);
        shown.delete(line);
      }
    },
    line: (text) => {
      if (shown.size > 0) multi?.log(`${text}\n`);
      else stream.write(`${text}\n`);
    },
    close: () => multi?.stop(),
  };
}

const openBars = (stream: NodeJS.WriteStream): MultiBar =>
  new MultiBar({
    stream,
    clearOnComplete: true,
    hideCursor: true,
    format: '{task} {phase} {gauge}{text}',
  });

function gauge({ done, total }: ProgressUpdate): string {
  if (total === undefined || total <= 0) return '';
  const filled = Math.round(Math.min(done / total, 1) * 20);
  return `${'█'.repeat(filled)}${'░'.repeat(20 - filled)} `;
}

const quietMs = 10_000;

/** Where no person watches, a line every ten seconds is enough for a log. */
function lines({ now }: ProgressOptions, line: (text: string) => void): ProgressView {
  const last = new Map<string, number>();
  const paceOf = pacer(now);
  return {
    update: (task, update) => {
      const nowMs = now().getTime();
      const pace = paceOf(task, update);
      if (nowMs - (last.get(task) ?? pace.since) < quietMs) return;
      last.set(task, nowMs);
      line(`${task}: ${update.phase}: ${describeProgress(update, pace, nowMs)}`);
    },
    finish: (task) => last.delete(task),
    line,
    close: () => {},
  };
}
