/** `holdfast serve`: runs the schedules until it is told to stop. */
import { z } from 'zod';
import { layout } from '../../core/layout.ts';
import type { ExecutionRecord, HealthCheck, SchedulerEvent } from '../../runner/index.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand, wholeNumber } from '../command.ts';
import { refuseDeployed } from '../executions/stage.ts';
import { sourceOf } from '../executions/watched.ts';
import { openLocalRunner } from '../local-runner.ts';
import { backupMetrics } from '../serve/metrics.ts';
import { onReload } from '../serve/reload.ts';
import { schedulesOf } from '../serve/schedules.ts';
import { watchPrimaries } from '../serve/watch-primaries.ts';

const inputSchema = z.object({
  port: wholeNumber(0, 65_535).default(9464),
  concurrency: wholeNumber(1, 64).default(2),
  grace: wholeNumber(0, 86_400).default(30),
});

export const serve = defineCommand({
  description:
    'Runs backups, drills and the health check by their schedules, resumes what a dead process left, catches up a missed run once; watches the primary of each cluster. SIGTERM ends it: what runs may finish within the grace, the rest is resumed at the next start. SIGHUP reads the configuration again.',
  options: [
    {
      flags: '--port <number>',
      description: '/health and /metrics on 127.0.0.1 (default: 9464, 0: a free one)',
    },
    { flags: '--concurrency <count>', description: 'executions at a time (default: 2)' },
    {
      flags: '--grace <seconds>',
      description: 'how long running work may go on after SIGTERM (default: 30)',
    },
  ],
  examples: [
    { line: 'holdfast serve', does: 'In the foreground, as a service manager wants it' },
    { line: 'curl -s http://127.0.0.1:9464/health', does: 'Ask how it is' },
  ],
  input: inputSchema,
  result: z.object({ port: z.number(), ended: z.string() }),
  run: async (input, context) => {
    const port = await serveUntilTold(input, context);
    return { result: { port, ended: context.now().toISOString() } };
  },
  render: () => '',
});

async function serveUntilTold(
  { port, concurrency, grace }: z.infer<typeof inputSchema>,
  context: CommandContext,
): Promise<number> {
  let site = await context.site();
  refuseDeployed(site, context, 'its schedules run in AWS, and would run twice');
  const { environment, globals, signal } = context;
  const say = (line: string): void =>
    context.note(`${context.now().toISOString()} ${site.secrets.mask(line)}`);
  const onLog = (line: string): void => {
    if (globals.verbose) say(line);
  };
  const local = await openLocalRunner({
    site,
    environment,
    stage: globals.stage,
    onLog,
    onNotice: context.warn,
  });
  const forget = local.runner.onEnded((record) => say(endedText(record)));
  try {
    const { serve: startServing } = await import('../../runner/index.ts');
    const serving = await startServing({
      ...local,
      schedules: schedulesOf(site),
      port,
      concurrency,
      graceMilliseconds: grace * 1000,
      signal,
      checks: { vault: vaultCheck(() => site) },
      registerMetrics: backupMetrics(() => site),
      onEvent: (event) => say(eventText(event)),
    });
    const watching = watchPrimaries({ site: () => site, runner: local.runner, signal, say });
    const stopReloading = onReload(context, say, (reloaded) => {
      site = reloaded;
      serving.reload(schedulesOf(reloaded));
      watching.restart();
    });
    say(
      `serving ${count(site.config.sources, 'source')}, ${count(site.config.clusters, 'cluster')}; http://127.0.0.1:${serving.port}/health`,
    );
    await serving.done;
    stopReloading();
    return serving.port;
  } finally {
    forget();
    await local.close();
  }
}

const count = (named: object, what: string): string => {
  const { length } = Object.keys(named);
  return `${length} ${what}${length === 1 ? '' : 's'}`;
};

const vaultCheck =
  (site: () => Site): HealthCheck =>
  async () => {
    const store = await site().vaults.store('primary');
    await store.head(layout.vault);
    return { ok: true, detail: `${store.url} answers` };
  };

function eventText(event: SchedulerEvent): string {
  switch (event.kind) {
    case 'queued':
      return `${event.run}: due since ${event.scheduledTime.toISOString()}`;
    case 'started':
      return `${event.run}: started as ${event.execution}`;
    case 'resumed':
      return `${event.execution}: resumed after its process died`;
    case 'failed':
      return `${event.run}: not started: ${event.error.message}`;
  }
}

function endedText({ id, status, error, input, output }: ExecutionRecord): string {
  const { outcome, backupId } = (output ?? {}) as { outcome?: string; backupId?: string };
  const details = [sourceOf(input), outcome, backupId, error].filter((each) => each);
  return `${id}: ${status}${details.length === 0 ? '' : `: ${details.join(' ')}`}`;
}
