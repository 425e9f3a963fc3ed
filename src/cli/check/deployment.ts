/**
 * What can be proved of a deployment from a laptop: its stack, its state machines, its vault. That its
 * tasks reach their sources is proved by its backups: they run in another network, under other roles.
 */
import { type CloudExecutions, type Deployment, openExecutions } from '../../cloud/index.ts';
import { machineNames } from '../../core/contracts/machines.ts';
import { durationText } from '../../core/duration.ts';
import { VaultMissingError } from '../../core/errors.ts';
import { type CheckLine, look } from '../../pipeline/check.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { findDeployed } from '../executions/stage.ts';
import { checkReplicated } from './replicated.ts';

export async function checkDeployment(site: Site, context: CommandContext): Promise<CheckLine[]> {
  const lines: CheckLine[] = [];
  let deployment: Deployment | undefined;
  const stack = await look(
    { area: 'deployment', name: String(context.globals.stage) },
    async () => {
      deployment = await findDeployed(site, context);
      const detail = `${deployment?.stack} is there`;
      return [{ subject: 'stack', level: 'ok', detail }];
    },
  );
  lines.push(...stack);
  if (deployment !== undefined) lines.push(...(await checkMachines(deployment, context)));
  for (const name of site.vaults.names) lines.push(...(await checkReadable(name, site)));
  lines.push(...(await checkReplicated(site, String(context.globals.stage))));
  for (const name of tieredByOthers(site)) lines.push(...(await checkTiersOf(name, site)));
  return lines;
}

async function checkMachines(
  deployment: Deployment,
  context: CommandContext,
): Promise<CheckLine[]> {
  const executions = openExecutions(deployment, context);
  try {
    const place = { area: 'deployment', name: deployment.stage } as const;
    const looks = machineNames.map((machine) =>
      look(place, async () => [await newestOf(machine, executions, context.now())]),
    );
    return (await Promise.all(looks)).flat();
  } finally {
    executions.close();
  }
}

async function newestOf(machine: string, executions: CloudExecutions, now: Date) {
  const [newest] = await executions.list({ machine, limit: 1 });
  const line = { subject: machine, level: 'ok' } as const;
  if (newest === undefined) return { ...line, detail: 'answers; nothing has run yet' };
  const age = durationText((now.getTime() - Date.parse(newest.startedAt)) / 1000);
  return { ...line, detail: `answers; newest execution ${newest.status}, begun ${age} ago` };
}

/** The stack writes the lifecycle of the bucket that it makes. */
const tieredByOthers = ({ config: { deploy, vault }, vaults: { names } }: Site): string[] =>
  names.filter((name) =>
    name === 'primary'
      ? deploy.vault === 'given' && vault.primary.tiers !== undefined
      : vault.copies.some((copy) => copy.name === name && copy.tiers !== undefined),
  );

const checkTiersOf = (name: string, { vaults }: Site): Promise<CheckLine[]> =>
  look({ area: 'vault', name }, async () => (await vaults.store(name)).probeTiers());

const checkReadable = (name: string, { vaults }: Site): Promise<CheckLine[]> =>
  look({ area: 'vault', name }, async () => {
    const line = { subject: 'vault', level: 'ok' } as const;
    try {
      const { id } = await vaults.openKeyless(name);
      return [{ ...line, detail: `is read from here, without a key (${id})` }];
    } catch (error) {
      if (!(error instanceof VaultMissingError)) throw error;
      return [{ ...line, detail: 'not there yet: the first backup creates it' }];
    }
  });
