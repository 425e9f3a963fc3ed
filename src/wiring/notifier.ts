/** What alerting works with: the open alerts in the vault, the routes, the channels. */
import { pathToFileURL } from 'node:url';
import { reportError } from '../core/errors.ts';
import { parseExecutionArn } from '../core/executions.ts';
import type { Channel } from '../core/ports/channel.ts';
import type { ObjectStore } from '../core/ports/store.ts';
import type { Notifier } from '../pipeline/notify/index.ts';
import type { Vault } from '../pipeline/vault/index.ts';
import type { Site } from './site.ts';

type Surroundings = Pick<Site, 'config' | 'vaults' | 'secrets' | 'stateDir' | 'now' | 'log'>;

/**
 * Never rejects for the vault's sake: that it cannot be opened may be the very news. Then the alerts are
 * remembered beside the configuration, and nothing is written where a vault should be. `executionArn` is
 * that of the execution which tells: it knows the stage.
 */
export async function openNotifier(
  site: Surroundings,
  signal: AbortSignal,
  executionArn = '',
): Promise<Notifier> {
  const { config, now, log } = site;
  const vault = await openVault(site);
  const spare = await openSpare(site);
  return {
    store: vault?.store ?? spare,
    spare: vault && spare,
    scope: vault?.id ?? 'holdfast',
    stage: parseExecutionArn(executionArn)?.stage,
    routes: config.alerts.routes,
    channels: await openChannels(site),
    now,
    signal,
    log,
  };
}

async function openVault({ vaults, log }: Surroundings): Promise<Vault | undefined> {
  try {
    return await vaults.openKeyless();
  } catch (error) {
    log(`alerts are not remembered in the vault: ${reportError(error).message}`);
    return undefined;
  }
}

async function openSpare({ stateDir }: Surroundings): Promise<ObjectStore> {
  const { openDirectoryStore } = await import('../storage/directory/index.ts');
  return openDirectoryStore(pathToFileURL(stateDir).href);
}

async function openChannels({
  config,
  secrets,
  now,
}: Surroundings): Promise<ReadonlyMap<string, Channel>> {
  const entries = Object.entries(config.alerts.channels);
  if (entries.length === 0) return new Map();
  const { channels } = await import('../channels/index.ts');
  const { openChannel } = await import('../channels/channel-kind.ts');
  const dependencies = { secret: secrets.resolve, now };
  return new Map(
    entries.map(([name, entry]) => [name, openChannel(channels, entry, dependencies)]),
  );
}
