/** `holdfast executions show`: one execution as a history with times. */
import { z } from 'zod';
import type { CloudExecutions } from '../../cloud/index.ts';
import type { ExecutionEvent, ExecutionSummary } from '../../core/executions.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { enteredState } from '../executions/entered-state.ts';
import { openDeployed } from '../executions/stage.ts';
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
  arguments: [
    {
      name: '<execution>',
      description: 'its id; in a deployment also its ARN',
      completes: 'executions',
    },
  ],
  options: [{ flags: '--follow', description: 'first wait for its end, telling its states' }],
  examples: [
    { line: 'holdfast executions show backup-20261121T020000Z-1a2b3c4d', does: 'One history' },
    {
      line: 'holdfast --stage prod executions show backup-20261121T020000Z-1a2b3c4d',
      does: 'That of a deployment, by name or ARN',
    },
    {
      line: 'holdfast --stage prod executions show backup-20261121T020000Z-1a2b3c4d --follow',
      does: 'One that a schedule began, to its end',
    },
  ],
  input: z.object({ execution: z.string(), follow: z.boolean().default(false) }),
  result: resultSchema,
  run: async ({ execution: id, follow: waits }, context) => {
    const site = await context.site();
    const deployed = await openDeployed(site, context);
    const found =
      deployed === undefined
        ? await ofThisMachine({ id, waits }, site, context)
        : await ofDeployment({ id, waits }, deployed, context).finally(deployed.close);
    const history = found.history.map((event) => ({ ...event, details: event.details ?? null }));
    return { result: { execution: shortExecution(found.execution), history } };
  },
  render: (result, screen) => render(result, screen),
});

interface Found {
  readonly execution: ExecutionSummary;
  readonly history: readonly ExecutionEvent[];
}

interface Asked {
  readonly id: string;
  readonly waits: boolean;
}

/** Ends when the execution does. Ctrl-C ends the looking, not what is looked at. */
async function ofDeployment(
  { id, waits }: Asked,
  deployed: CloudExecutions,
  context: CommandContext,
): Promise<Found> {
  const found = await deployed.describe(id);
  const { follow } = await import('../../cloud/index.ts');
  const { signal } = context;
  const onEvent = teller(context);
  const execution = waits ? await follow(deployed, found.arn, { signal, onEvent }) : found;
  return { execution, history: await deployed.history(execution.arn) };
}

const lookAgainMs = 500;

async function ofThisMachine(
  { id, waits }: Asked,
  site: Site,
  context: CommandContext,
): Promise<Found> {
  const { environment, globals, warn: onNotice } = context;
  const { stage } = globals;
  const { runner, close } = await openLocalRunner({ site, environment, stage, onNotice });
  const tell = teller(context);
  const look = (): void => runner.history(id).forEach(tell);
  const timer = waits ? setInterval(look, lookAgainMs) : undefined;
  try {
    const execution = waits ? await runner.wait(id, context.signal) : runner.describe(id);
    if (waits) look();
    return { execution, history: runner.history(id) };
  } finally {
    clearInterval(timer);
    await close();
  }
}

/** Each event once. */
function teller({ note }: CommandContext): (event: ExecutionEvent) => void {
  let last = 0;
  return (event) => {
    if (event.id <= last) return;
    last = event.id;
    const state = enteredState(event);
    if (state !== undefined) note(`${event.time} ${state}`);
  };
}

function render({ execution, history }: Result, screen: Screen): string {
  const { id, status, machine, startedAt, stoppedAt, error, cause, link } = execution;
  const start = Date.parse(startedAt);
  const rows = history.map(({ time, type, scope, details }) => [
    `+${((Date.parse(time) - start) / 1000).toFixed(2)}s`,
    `${scope === '' ? '' : `${scope} `}${type}`,
    summary(details),
  ]);
  const ended = stoppedAt === undefined ? '' : `, ended ${timeText(new Date(stoppedAt))}`;
  const failed = error === undefined ? '' : `\n${[error, cause].filter(Boolean).join(': ')}`;
  const page = link === undefined ? '' : `\n${link}`;
  return [
    `${id}: ${machine} ${status}, started ${timeText(new Date(startedAt))}${ended}${failed}${page}`,
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
