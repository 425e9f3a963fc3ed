/**
 * The entry point of every task, in a container and as a child process: one verb, then the end. Exit
 * status 0, the error's own (docs/errors.md), or 75 where the same task can succeed later.
 */
import { InterruptedError } from '../src/core/errors.ts';
import { closeAmbientSites } from '../src/wiring/ambient-site.ts';
import { runTask } from './run-task.ts';

const interruption = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  // Once: a second signal ends the process as usual.
  process.once(name, () => {
    const error = new InterruptedError(`The task was interrupted by ${name}`, {
      code: 'INTERRUPTED',
      hint: 'Run it again; what was half done has been removed.',
    });
    interruption.abort(error);
  });
}

const status = await runTask({
  environment: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  signal: interruption.signal,
  writeOut: (line) => process.stdout.write(`${line}\n`),
  writeError: (line) => process.stderr.write(`${line}\n`),
});
await closeAmbientSites();
// A client's idle socket must not keep a container alive.
process.exit(status);
