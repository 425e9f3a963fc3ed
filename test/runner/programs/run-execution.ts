/** Starts or resumes one execution, as a process that a test may kill: argv is directory, machine, id. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { createRunner } from '../../../src/runner/runner.ts';
import { createTaskLauncher } from '../../../src/runner/task-launcher.ts';

const [, , directory = '', machine = '', id = ''] = process.argv;
const sideFile = join(directory, 'side.txt');
const journal = openJournal(join(directory, 'journal.db'), { now: () => new Date() });
const program = fileURLToPath(new URL('./append-task.ts', import.meta.url));
const runner = createRunner({
  machines: {
    [machine]: readFileSync(new URL(`../machines/${machine}.asl.json`, import.meta.url), 'utf8'),
  },
  substitutions: { SideFile: sideFile },
  functions: {
    note: async (event) => {
      appendFileSync(sideFile, `begin ${String(event)} ${Date.now()}\n`);
      return { noted: event };
    },
  },
  tasks: createTaskLauncher({
    argv: [process.execPath, program],
    environment: { PATH: process.env['PATH'] },
    graceMilliseconds: 1_000,
  }),
  journal,
});

if (journal.executions.load(id) === undefined) await runner.start(machine, { n: 3 }, { name: id });
else await runner.resume(id);
process.stdout.write('ready\n');
const { status, output, error, cause } = await runner.wait(id);
process.stdout.write(JSON.stringify({ status, output, error, cause }));
journal.close();
