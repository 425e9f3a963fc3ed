/** `holdfast check`: proves the configuration. */
import { z } from 'zod';
import type { CheckLine } from '../../pipeline/check.ts';
import type { Site } from '../../wiring/site.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { isDeployed } from '../executions/stage.ts';
import { worstExitCode } from '../exit-codes.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';

const lineSchema = z.object({
  area: z.enum([
    'configuration',
    'deployment',
    'source',
    'vault',
    'key',
    'signer',
    'channel',
    'cluster',
  ]),
  name: z.string(),
  subject: z.string(),
  level: z.enum(['ok', 'warning', 'error']),
  detail: z.string(),
  fix: z.string().optional(),
});
const resultSchema = z.object({
  file: z.string(),
  lines: z.array(lineSchema),
  errors: z.number(),
  warnings: z.number(),
});
type Result = z.infer<typeof resultSchema>;

export const check = defineCommand({
  description:
    'Reaches every source, writes, reads and deletes a probe in every destination, wraps and unwraps a key with every recipient, and says what is missing and what grants it. Of a stage that is deployed: its stack, its state machines, and whether its vault is read from here.',
  options: [
    { flags: '--offline', description: 'only read the file' },
    { flags: '--channels', description: 'also send a test message through every alert channel' },
  ],
  examples: [
    { line: 'holdfast check', does: 'Prove sources, vault and keys' },
    { line: 'holdfast check --offline', does: 'Only read holdfast.yaml, as an editor would' },
    { line: 'holdfast check --channels', does: 'Also send a test alert everywhere' },
  ],
  input: z.object({ offline: z.boolean().default(false), channels: z.boolean().default(false) }),
  result: resultSchema,
  async run({ offline, channels }, context) {
    const site = await context.site();
    const lines: z.infer<typeof lineSchema>[] = [readLine(site)];
    const found = offline ? [] : await proofs(site, { channels, context });
    const errors = found.filter(({ level }) => level === 'error');
    lines.push(...found.map((line) => lineSchema.parse(line)));
    const warnings = lines.filter(({ level }) => level === 'warning').length;
    const exitCode = worstExitCode(errors.map(({ exitCode }) => exitCode ?? 1));
    return {
      result: { file: site.configFile, lines, errors: errors.length, warnings },
      exitCode,
    };
  },
  render: (result, screen) => `${render(result, screen)}\n${verdict(result)}`,
});

function readLine({ config }: Site): z.infer<typeof lineSchema> {
  const sources = Object.keys(config.sources);
  const detail = `well formed: ${sources.length === 0 ? 'no source' : sources.join(', ')}`;
  return { area: 'configuration', name: 'holdfast.yaml', subject: 'file', level: 'ok', detail };
}

interface Proofs {
  readonly channels: boolean;
  readonly context: CommandContext;
}

async function proofs(site: Site, { channels, context }: Proofs): Promise<CheckLine[]> {
  const found = isDeployed(site, context)
    ? await (await import('../check/deployment.ts')).checkDeployment(site, context)
    : await localProofs(site, context);
  return channels ? [...found, ...(await channelProofs(site, context))] : found;
}

async function localProofs(site: Site, context: CommandContext): Promise<CheckLine[]> {
  const use = await import('../../pipeline/check.ts');
  const found = await use.checkCompressor();
  for (const name of site.vaults.names) {
    found.push(...(await use.checkStore(name, () => site.vaults.store(name))));
  }
  const { leases } = site.vaults;
  if (leases) found.push(...(await use.checkStore('leases', leases)));
  const { opened, failed } = await recipientsOf(site);
  for (const recipient of opened) found.push(...(await use.checkRecipient(recipient)));
  found.push(...failed);
  if (failed.length === 0 && !found.some(({ level }) => level === 'error')) {
    found.push(...(await use.checkVaultKeys('primary', () => site.vaults.open())));
  }
  found.push(...(await use.checkSigner(site.signer)));
  for (const name of Object.keys(site.config.sources)) {
    found.push(...(await use.checkSource(site.source(name), context.signal)));
  }
  for (const name of Object.keys(site.config.clusters)) {
    found.push(...(await clusterProofs(site, name, context)));
  }
  return found;
}

/** The vault is there by now, or a line above says why it is not. */
async function clusterProofs(
  site: Site,
  name: string,
  context: CommandContext,
): Promise<CheckLine[]> {
  const { look } = await import('../../pipeline/check.ts');
  const { checkCluster } = await import('../../pipeline/failover/check-cluster.ts');
  const { withCluster } = await import('../failover/open.ts');
  const { alerts, clusters } = site.config;
  const toldOf =
    (clusters[name]?.approval.to.length ?? 0) > 0 ||
    alerts.routes.some(({ on }) => on.includes('failover.awaiting-approval'));
  const found: CheckLine[] = [];
  const failed = await look({ area: 'cluster', name }, async () => {
    const sourceUrl = await connectionOf(site, clusters[name]?.source);
    const options = { toldOf, sourceUrl };
    found.push(...(await withCluster(site, name, context, (at) => checkCluster(at, options))));
    return [];
  });
  return [...found, ...failed];
}

/** Where a source connects to; one that cannot be told has a line of its own. */
async function connectionOf(site: Site, name = ''): Promise<string | undefined> {
  const source = site.config.sources[name];
  const connection = source !== undefined && 'connection' in source ? source.connection : undefined;
  if (typeof connection !== 'string') return undefined;
  return site.secrets.resolve(connection).catch(() => undefined);
}

async function channelProofs(
  site: Site,
  { signal, globals: { stage } }: CommandContext,
): Promise<CheckLine[]> {
  const { openNotifier } = await import('../../wiring/notifier.ts');
  const { testChannels } = await import('../../pipeline/notify/index.ts');
  const tests = await testChannels({ ...(await openNotifier(site, signal)), stage });
  return tests.map(({ channel, kind, error }) => {
    const line = { area: 'channel', name: channel, subject: 'message' } as const;
    if (error === undefined) return { ...line, level: 'ok', detail: `${kind} took the test` };
    return { ...line, level: 'error', detail: error };
  });
}

async function recipientsOf(site: Site) {
  try {
    return { opened: await site.recipients(), failed: [] };
  } catch (error) {
    const { reportError } = await import('../../core/errors.ts');
    const { message, hint, exitCode } = reportError(error);
    const fix = hint === undefined ? {} : { fix: hint };
    const line = { area: 'key', name: 'recipients', subject: 'key', level: 'error' } as const;
    return { opened: [], failed: [{ ...line, detail: message, exitCode, ...fix }] };
  }
}

const marks = { ok: 'ok', warning: 'warning', error: 'ERROR' } as const;
const colours = { ok: 'green', warning: 'yellow', error: 'red' } as const;

function render({ lines }: Result, screen: Screen): string {
  const rows = lines.flatMap(({ area, name, subject, level, detail, fix }) => {
    const row = [screen.paint(colours[level], marks[level]), area, name, `${subject}: ${detail}`];
    return fix === undefined || level === 'ok' ? [row] : [row, ['', '', '', `fix: ${fix}`]];
  });
  return table(screen, ['', 'area', 'name', 'found'], rows);
}

const verdict = ({ errors, warnings }: Result): string =>
  errors === 0
    ? `\nReady${warnings === 0 ? '' : `, with ${warnings} warning(s)`}.`
    : `\nNot ready: ${errors} error(s).`;
