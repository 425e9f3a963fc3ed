/** Starts one execution and keeps it: for tests that stop it, or kill this process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { createRunner } from '../../../src/runner/runner.ts';
import { createTaskLauncher } from '../../../src/runner/task-launcher.ts';

const [, , directory = '', machineFile = '', id = ''] = process.argv;
const journal = openJournal(join(directory, 'journal.db'), { now: () => new Date() });
const runner = createRunner({
  machines: { held: readFileSync(machineFile, 'utf8'), child: readFileSync(machineFile, 'utf8') },
  substitutions: {},
  functions: {},
  tasks: createTaskLauncher({
    argv: [process.execPath, fileURLToPath(new URL('./append-task.ts', import.meta.url))],
    environment: { PATH: process.env['PATH'] },
    graceMilliseconds: 500,
  }),
  journal,
});
await runner.start('held', { source: 'orders' }, { name: id });
process.stdout.write('ready\n');
const { status } = await runner.wait(id);
process.stdout.write(status);
