/** `holdfast executions`: what ran and what runs, newest first. */
import { z } from 'zod';
import { defineCommand, wholeNumber } from '../command.ts';
import { executionSchema, shortExecution, withJournal } from '../journal.ts';
import { elapsedText, timeText } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';

type Execution = z.infer<typeof executionSchema>;

export const executionsList = defineCommand({
  description: 'Lists executions of the state machines on this machine, newest first.',
  options: [
    {
      flags: '--status <status>',
      description: 'only these',
      choices: ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
    },
    { flags: '--machine <name>', description: 'only of this state machine' },
    { flags: '--limit <count>', description: 'at most so many (default: 50)' },
  ],
  examples: [
    { line: 'holdfast executions', does: 'The newest fifty' },
    { line: 'holdfast executions list --status RUNNING', does: 'What runs now' },
  ],
  input: z.object({
    status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
    machine: z.string().optional(),
    limit: wholeNumber(1, 10_000).default(50),
  }),
  result: z.object({ executions: z.array(executionSchema) }),
  run: async ({ status, machine, limit }, context) => {
    const site = await context.site();
    const filter = { limit, ...(status && { status }), ...(machine && { machine }) };
    const executions = await withJournal({ site, warn: context.warn }, [], ({ executions: all }) =>
      all.list(filter),
    );
    return { result: { executions: executions.map(shortExecution) } };
  },
  render: ({ executions }, screen) =>
    executions.length === 0
      ? 'No executions.'
      : table(
          screen,
          [{ title: 'execution', firm: true }, 'source', 'status', 'started', 'took'],
          executions.map((each) => row(each, screen)),
        ),
});

const colours = {
  RUNNING: 'cyan',
  SUCCEEDED: 'green',
  FAILED: 'red',
  TIMED_OUT: 'red',
  ABORTED: 'yellow',
} as const;

function row(each: Execution, screen: Screen): string[] {
  const { id, source, status, startedAt, stoppedAt } = each;
  const end = stoppedAt === undefined ? screen.now.getTime() : Date.parse(stoppedAt);
  return [
    id,
    source ?? '',
    screen.paint(colours[status], status),
    timeText(new Date(startedAt)),
    elapsedText((end - Date.parse(startedAt)) / 1000),
  ];
}
