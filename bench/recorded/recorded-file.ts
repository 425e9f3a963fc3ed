/** `npm run bench record` writes src/core/cost/recorded.json; a test says when it is out of date. */
import { writeFile } from 'node:fs/promises';
import type { RecordedFigures } from '../../src/core/cost/recorded.ts';
import { measureRuns } from './measure.ts';

const how =
  'By `npm run bench record`: the shipped state machines, functions and tasks on the runner, against versitygw behind a proxy that counts requests in the classes that S3 bills; transitions and events by the journal. Where a figure grows with the sets of the source, a line through the runs. Seconds in functions are those of the machine that recorded them, not of Lambda.';

export async function writeRecorded(now: Date): Promise<RecordedFigures> {
  const figures = { recordedOn: now.toISOString().slice(0, 10), how, ...(await measureRuns()) };
  const file = new URL('../../src/core/cost/recorded.json', import.meta.url);
  await writeFile(file, `${JSON.stringify(figures, undefined, 2)}\n`);
  return figures;
}
