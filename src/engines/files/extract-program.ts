/**
 * The program `files-extract JOB`: one step of a restore or of a verification. `extract` reads an
 * archive on stdin. A process of its own, because it works synchronously and changes its directory.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { reportError } from '../../core/errors.ts';
import { compare } from './restore/compare.ts';
import { extract } from './restore/extract.ts';
import { finish } from './restore/finish.ts';
import type { ExtractProgramJob } from './restore/job.ts';
import { place } from './restore/place.ts';
import { select } from './restore/select.ts';
import { survey } from './restore/survey.ts';

function runStep(job: ExtractProgramJob): unknown {
  switch (job.step) {
    case 'select':
      return select(job);
    case 'extract':
      return extract(job);
    case 'finish':
      return finish(job);
    case 'compare':
      return compare(job);
    case 'place':
      return place(job);
    case 'survey':
      return survey(job);
  }
}

const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ExtractProgramJob;
const leave = (result: unknown) =>
  writeFileSync(job.resultFile, JSON.stringify(result), { mode: 0o600 });
try {
  leave(await runStep(job));
} catch (error) {
  leave({ error: reportError(error) });
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
