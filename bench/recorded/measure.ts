/** Records enough runs of each machine to know what grows with what. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type {
  Growing,
  RecordedFigures,
  RecordedMachine,
  RecordedRun,
  Requests,
} from '../../src/core/cost/recorded.ts';
import { clientOf } from '../../test/storage/s3/buckets.ts';
import { median } from '../measure.ts';
import { type Recorder, startRecorder } from './record-runs.ts';

type Figures = Omit<RecordedFigures, 'recordedOn' | 'how'>;

const rounds = 6;

export async function measureRuns(): Promise<Figures> {
  const recorder = await startRecorder({});
  try {
    const full = await backups(recorder, 'plain', 'full');
    // Before other sources have sets: health looks at them all.
    const { health, drill } = await readers(recorder);
    const incremental = await backups(recorder, 'chain', 'incremental');
    const parts = await partRuns(recorder, growing(full, 0));
    const object = await objectRuns(recorder, full);
    const removed = await removals(recorder);
    const scheduled = await scheduledRuns(recorder);
    return {
      full: growing(full, 0),
      incremental: growing(incremental, 0),
      fullWithCopy: await withCopy(),
      drill: growing(drill, 1),
      health: growing(health, rounds + 1),
      healthOfMany: await healthOfMany(),
      scheduled,
      perObject: object,
      perPart: parts,
      perRemovedSet: minus(removed, growing(full, 0), 2),
    };
  } finally {
    await recorder.close();
  }
}

async function backups(recorder: Recorder, source: string, policy: string) {
  const runs: RecordedRun[] = [];
  await recorder.grow(source, 1);
  for (let n = 0; n < rounds; n++) {
    runs.push(await recorder.record('backup', { source, policy }));
    await recorder.grow(source, 0.001);
  }
  return runs;
}

/** With one set more before each. */
async function readers(recorder: Recorder) {
  const health: RecordedRun[] = [];
  const drill: RecordedRun[] = [];
  await recorder.grow('short', 1);
  await recorder.record('backup', { source: 'short', policy: 'full' });
  await recorder.record('health', {});
  for (let n = 0; n < 4; n++) {
    health.push(await recorder.record('health', {}));
    drill.push(await recorder.record('drill', { source: 'short' }));
    await recorder.record('backup', { source: 'short', policy: 'full' });
  }
  return { health, drill };
}

/** Two sources that differ by five parts of 8 MiB. */
async function partRuns(recorder: Recorder, plain: RecordedMachine): Promise<Requests> {
  const run = async (mebibytes: number) => {
    await recorder.grow('large', mebibytes);
    return recorder.record('backup', { source: 'large', policy: 'full' });
  };
  await run(17);
  const [small, large] = [await run(0), await run(40)];
  const each = (kind: 'put' | 'get') =>
    round(Math.max(0, large[kind] - small[kind] - plain[kind].perSet) / 5);
  return { put: each('put'), get: each('get') };
}

async function objectRuns(recorder: Recorder, plain: readonly RecordedRun[]): Promise<Requests> {
  const input = { source: 'database', policy: 'dump' };
  await recorder.record('backup', input);
  const run = await recorder.record('backup', input);
  const more = (await objectsOf(recorder, 'database')) / 2 - 2;
  const same = plain[1];
  if (same === undefined || more <= 0) throw new Error('nothing to compare with');
  return { put: round((run.put - same.put) / more), get: round((run.get - same.get) / more) };
}

async function objectsOf({ server, bucket }: Recorder, source: string): Promise<number> {
  const client = clientOf(server);
  const Prefix = `data/${source}/`;
  const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
  client.destroy();
  return KeyCount;
}

/** The fourth and later runs each find two sets and the new one, and remove one. */
async function removals(recorder: Recorder): Promise<RecordedRun> {
  const input = { source: 'removed', policy: 'short' };
  await recorder.grow('removed', 1);
  for (let n = 0; n < 4; n++) await recorder.record('backup', input);
  return recorder.record('backup', input);
}

/** Sixty sources without a set, then ten of them with one: what is listed and what is read for each. */
async function healthOfMany(): Promise<RecordedFigures['healthOfMany']> {
  const [sources, withSets] = [60, 10];
  const recorder = await startRecorder({ sources });
  try {
    await recorder.grow('plain', 0.001);
    const input = (n: number) => ({ source: `many-${n}`, policy: 'full' });
    await recorder.record('backup', input(0));
    await recorder.record('health', {});
    const before = await recorder.record('health', {});
    for (let n = 1; n <= withSets; n++) await recorder.record('backup', input(n));
    const after = await recorder.record('health', {});
    const each = (kind: 'put' | 'get') => round(Math.max(0, after[kind] - before[kind]) / withSets);
    const listed = round(before.put / sources);
    return { put: round(listed + each('put')), get: each('get') };
  } finally {
    await recorder.close();
  }
}

/** One source alone at three, five of them at two: what each run more adds to the machine that starts them. */
async function scheduledRuns(recorder: Recorder): Promise<RecordedFigures['scheduled']> {
  const run = (expression: string, scheduledTime: string) =>
    recorder.record('scheduled', { expression, timezone: 'UTC', scheduledTime });
  const one = await run('cron(0 3 * * ? *)', '2026-11-21T03:00:00Z');
  const five = await run('cron(0 2 * * ? *)', '2026-11-21T02:00:00Z');
  const line = (figure: 'transitions' | 'events' | 'largestPayloadBytes') => {
    const perRun = (five[figure] - one[figure]) / 4;
    return { base: round(one[figure] - perRun), perRun: round(perRun) };
  };
  return {
    functions: one.functions,
    transitions: line('transitions'),
    events: line('events'),
    largestPayloadBytes: line('largestPayloadBytes'),
  };
}

async function withCopy(): Promise<RecordedMachine> {
  const recorder = await startRecorder({ copies: true });
  try {
    return growing(await backups(recorder, 'plain', 'full'), 0);
  } finally {
    await recorder.close();
  }
}

/** A line through all runs but the first, which makes the vault or publishes a key. */
function growing(runs: readonly RecordedRun[], before: number): RecordedMachine {
  const [, ...later] = runs;
  const last = runs.at(-1);
  if (last === undefined || later.length < 2) throw new Error('too few runs');
  const { transitions, events, largestPayloadBytes, functions, tasks } = last;
  const line = (figure: 'put' | 'get') =>
    lineThrough(later.map((run, n) => [n + 1 + before, run[figure]]));
  return {
    ...{ transitions, events, largestPayloadBytes, functions, tasks },
    // What sets add is lost in the noise of a machine that does other things too.
    functionSeconds: { base: median(later.map((run) => run.functionSeconds)), perSet: 0 },
    put: line('put'),
    get: line('get'),
  };
}

/** Least squares. */
function lineThrough(points: readonly (readonly [number, number])[]): Growing {
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const below = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const perSet = Math.max(0, above / below);
  return { base: round(Math.max(0, meanY - perSet * meanX)), perSet: round(perSet) };
}

const minus = (run: RecordedRun, plain: RecordedMachine, sets: number): Requests => ({
  put: round(Math.max(0, run.put - plain.put.base - plain.put.perSet * sets)),
  get: round(Math.max(0, run.get - plain.get.base - plain.get.perSet * sets)),
});

const round = (value: number): number => Math.round(value * 1000) / 1000;
