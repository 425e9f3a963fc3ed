/** Decides what a schedule, a backup, a restore or a drill is about, before anything is touched. */
import { type PlanEvent, planEventSchema } from '../src/core/contracts/functions.ts';
import { freezingRun } from '../src/pipeline/failover/claim.ts';
import { planBackup } from '../src/pipeline/plan.ts';
import { planScheduled } from '../src/pipeline/plan-scheduled.ts';
import { chooseBackup } from '../src/pipeline/sets/choose-backup.ts';
import { thawChain } from '../src/pipeline/sets/thaw-chain.ts';
import { type Invocation, lambdaHandler } from '../src/wiring/lambda-handler.ts';
import { type SettingsOptions, taskSettings } from '../src/wiring/task-settings.ts';

type Purpose<P extends PlanEvent['for']> = Extract<PlanEvent, { for: P }>;

export const handler = lambdaHandler(planEventSchema, async (event, invocation) => {
  const { config, vaults } = invocation.site;
  switch (event.for) {
    case 'scheduled':
      return planScheduled(event.input, { ...event, config, openVault: () => vaults.create() });
    case 'backup':
      return plan(event, invocation);
    case 'thaw':
      return look(event, invocation);
    default:
      return choose(event, invocation);
  }
});

async function plan(event: Purpose<'backup'>, { site, signal }: Invocation) {
  const source = site.source(event.input.source);
  const vault = await site.vaults.create();
  const copies = site.config.vault.copies.some(({ by }) => by === 'holdfast');
  const { clusters } = site.config;
  const backup = await planBackup(event.input, {
    ...{ ...event, vault, source, copies, signal },
    failover: () => freezingRun(clusters, source.name, vault),
  });
  const retried = backup.retry.attempts > 1;
  return { ...backup, task: settings(site, { source: source.name, verb: 'dump', retried }) };
}

async function choose(event: Purpose<'restore' | 'drill'>, { site, signal }: Invocation) {
  const { at, from, retrieval } = event.input;
  const source = site.source(event.input.source).name;
  const vault = await site.vaults.openKeyless(from);
  const { id: backupId } = await chooseBackup(vault, source, at);
  const since = site.now();
  const thaw = await thawChain({ source, id: backupId }, { vault, retrieval, since, signal });
  const chosen = { source, backupId, from };
  const thawing = { ...thaw, input: { ...chosen, retrieval, since: thaw.since } };
  const task = settings(site, { source, verb: event.for, retried: false });
  if (event.for === 'drill') return { backupId, task, thaw: thawing, drill: chosen };
  const { target = null, only, overwrite } = event.input;
  return { backupId, task, thaw: thawing, restore: { ...chosen, target, only, overwrite } };
}

async function look({ input }: Purpose<'thaw'>, { site, signal }: Invocation) {
  const { source, backupId: id, from, retrieval } = input;
  const vault = await site.vaults.openKeyless(from);
  const since = new Date(input.since);
  const thaw = await thawChain({ source, id }, { vault, retrieval, since, signal });
  return { ...thaw, input };
}

const settings = ({ config }: Invocation['site'], options: Omit<SettingsOptions, 'roles'>) =>
  taskSettings(config, { ...options, roles: process.env['HOLDFAST_TASK_ROLES'] });
