/** Which side does the work: the deployment of a stage, or this machine. */
import type { CloudExecutions, Deployment } from '../../cloud/index.ts';
import { UsageError } from '../../core/errors.ts';
import type { Vault } from '../../pipeline/vault/index.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';

type Given = Pick<CommandContext, 'globals'>;

/** The stage whose state machines do the work; undefined where this machine's do. */
const deployedStage = (
  { hasDeployment }: Pick<Site, 'hasDeployment'>,
  { globals }: Given,
): string | undefined => (hasDeployment && !globals.local ? globals.stage : undefined);

export const isDeployed = (site: Pick<Site, 'hasDeployment'>, given: Given): boolean =>
  deployedStage(site, given) !== undefined;

/** Undefined where this machine does the work. Throws UsageError STACK_MISSING, CloudError. */
export async function findDeployed(
  site: Site,
  context: CommandContext,
): Promise<Deployment | undefined> {
  const { globals, warn } = context;
  if (site.hasDeployment && globals.stage === undefined && !globals.local) {
    warn('`deploy:` is configured, but no --stage is named: this machine does the work');
  }
  const stage = deployedStage(site, context);
  if (stage === undefined) return undefined;
  const { findDeployment } = await import('../../cloud/index.ts');
  const { region } = site.config.vault.primary;
  return findDeployment({ stage, region }, context.signal);
}

/** What runs and ran there; undefined where this machine does the work. */
export async function openDeployed(
  site: Site,
  context: CommandContext,
): Promise<CloudExecutions | undefined> {
  const deployment = await findDeployed(site, context);
  if (deployment === undefined) return undefined;
  const { openExecutions } = await import('../../cloud/index.ts');
  return openExecutions(deployment, context);
}

/** The vault, for whoever starts work on it: a deployment's tasks have the keys themselves. */
export const openToStart = (site: Site, given: Given, from = 'primary'): Promise<Vault> =>
  isDeployed(site, given) ? site.vaults.openKeyless(from) : site.vaults.open(from);

/** For what one machine alone can do. Throws UsageError STAGE_DEPLOYED. */
export function refuseDeployed(site: Site, given: Given, why: string): void {
  const stage = deployedStage(site, given);
  if (stage === undefined) return;
  throw new UsageError(`the stage ${stage} is deployed: ${why}`, {
    code: 'STAGE_DEPLOYED',
    hint: 'With --local this machine does it, on the same vault.',
  });
}
