/** What alerting works with: the open alerts in the vault, the routes, the channels. */
import type { Channel } from '../core/ports/channel.ts';
import type { ObjectStore } from '../core/ports/store.ts';
import type { Notifier } from '../pipeline/notify/index.ts';
import type { Site } from './site.ts';

type Surroundings = Pick<Site, 'config' | 'vaults' | 'secrets' | 'now' | 'log'>;

/** Never rejects for the vault's sake: that it cannot be reached may be the very news. */
export async function openNotifier(site: Surroundings, signal: AbortSignal): Promise<Notifier> {
  const { config, now, log } = site;
  return {
    store: await alertStore(site),
    scope: await vaultId(site),
    routes: config.alerts.routes,
    channels: await openChannels(site),
    now,
    signal,
    log,
  };
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

/** Without the vault nothing is remembered: an alert then goes out on each run. */
async function alertStore({ vaults, log }: Surroundings): Promise<ObjectStore> {
  try {
    return await vaults.store('primary');
  } catch (error) {
    log(`alerts are not remembered: ${(error as Error).message}`);
    const { openMemoryStore } = await import('../storage/memory/index.ts');
    return openMemoryStore();
  }
}

const vaultId = ({ vaults }: Surroundings): Promise<string> =>
  vaults.openKeyless().then(
    ({ id }) => id,
    () => 'holdfast',
  );
