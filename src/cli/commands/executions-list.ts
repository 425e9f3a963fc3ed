/** `holdfast executions`: what ran and what runs, newest first. */
import { z } from 'zod';
import {
  type ExecutionFilter,
  type ExecutionSummary,
  executionStatuses,
} from '../../core/executions.ts';
import { type CommandContext, defineCommand, wholeNumber } from '../command.ts';
import { openDeployed } from '../executions/stage.ts';
import { executionSchema, shortExecution, withJournal } from '../journal.ts';
import { elapsedText, timeText } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';

type Execution = z.infer<typeof executionSchema>;

export const executionsList = defineCommand({
  description:
    'Lists executions of the state machines, newest first: of a stage that is deployed, else of this machine.',
  options: [
    {
      flags: '--status <status>',
      description: 'only these',
      choices: executionStatuses,
    },
    { flags: '--machine <name>', description: 'only of this state machine' },
    { flags: '--limit <count>', description: 'at most so many (default: 50)' },
  ],
  examples: [
    { line: 'holdfast executions', does: 'The newest fifty' },
    { line: 'holdfast executions list --status RUNNING', does: 'What runs now' },
    {
      line: 'holdfast --stage prod executions list --machine backup',
      does: 'Backups of a deployment',
    },
  ],
  input: z.object({
    status: z.enum(executionStatuses).optional(),
    machine: z.string().optional(),
    limit: wholeNumber(1, 10_000).default(50),
  }),
  result: z.object({ executions: z.array(executionSchema) }),
  run: async ({ status, machine, limit }, context) => {
    const filter = { limit, ...(status && { status }), ...(machine && { machine }) };
    const executions = await list(filter, context);
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

async function list(
  filter: ExecutionFilter,
  context: CommandContext,
): Promise<readonly ExecutionSummary[]> {
  const site = await context.site();
  const deployed = await openDeployed(site, context);
  if (deployed === undefined) {
    return withJournal({ site, warn: context.warn }, [], ({ executions }) =>
      executions.list(filter),
    );
  }
  return deployed.list(filter).finally(deployed.close);
}

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
