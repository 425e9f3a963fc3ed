/** `holdfast executions show`: one execution as a history with times. */
import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { executionSchema, shortExecution } from '../journal.ts';
import { openLocalRunner } from '../local-runner.ts';
import { timeText } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';

const eventSchema = z.object({
  id: z.number(),
  time: z.string(),
  type: z.string(),
  /** '' for the execution itself, else the branch or item it happened in. */
  scope: z.string(),
  details: z.unknown(),
});
const resultSchema = z.object({ execution: executionSchema, history: z.array(eventSchema) });
type Result = z.infer<typeof resultSchema>;

export const executionsShow = defineCommand({
  description:
    'Shows one execution: its states with their times, as Step Functions would list them.',
  arguments: [{ name: '<execution>', description: 'its id', completes: 'executions' }],
  examples: [
    { line: 'holdfast executions show backup-20261121T020000Z-1a2b3c4d', does: 'One history' },
  ],
  input: z.object({ execution: z.string() }),
  result: resultSchema,
  run: async ({ execution: id }, context) => {
    const site = await context.site();
    const { environment, globals } = context;
    const { runner, close } = await openLocalRunner({
      site,
      environment,
      stage: globals.stage,
      onNotice: context.warn,
    });
    try {
      const execution = shortExecution(runner.describe(id));
      const history = runner
        .history(id)
        .map((event) => ({ ...event, details: event.details ?? null }));
      return { result: { execution, history } };
    } finally {
      await close();
    }
  },
  render: (result, screen) => render(result, screen),
});

function render({ execution, history }: Result, screen: Screen): string {
  const { id, status, machine, startedAt, stoppedAt, error, cause } = execution;
  const start = Date.parse(startedAt);
  const rows = history.map(({ time, type, scope, details }) => [
    `+${((Date.parse(time) - start) / 1000).toFixed(2)}s`,
    `${scope === '' ? '' : `${scope} `}${type}`,
    summary(details),
  ]);
  const ended = stoppedAt === undefined ? '' : `, ended ${timeText(new Date(stoppedAt))}`;
  const failed = error === undefined ? '' : `\n${[error, cause].filter(Boolean).join(': ')}`;
  return [
    `${id}: ${machine} ${status}, started ${timeText(new Date(startedAt))}${ended}${failed}`,
    table(screen, ['after', 'event', 'details'], rows),
  ].join('\n\n');
}

const longest = 300;

/** The name of the state where there is one, else the details, cut. */
function summary(details: unknown): string {
  if (details === null || details === undefined) return '';
  const { name } = details as { readonly name?: string };
  if (name !== undefined) return name;
  const text = JSON.stringify(details);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
