/** The vault of a configuration and its copies, each opened at first use. */

import type { Config } from '../core/config/schema.ts';
import { type Copy, type Destination, destinations } from '../core/config/schema.ts';
import { UsageError } from '../core/errors.ts';
import { allowedWords } from '../core/nearest.ts';
import type { Recipient } from '../core/ports/keyring.ts';
import type { ObjectStore } from '../core/ports/store.ts';
import type { Vault, VaultOptions } from '../pipeline/vault/index.ts';

export interface VaultsOptions {
  readonly config: Config;
  readonly baseDir: string;
  readonly now: () => Date;
  readonly recipients: () => Promise<readonly Recipient[]>;
}

export interface Vaults {
  readonly names: readonly string[];
  /** `primary` or a copy's name. Throws UsageError `DESTINATION_UNKNOWN`. */
  store(name: string): Promise<ObjectStore>;
  /** Where leases lie, when not in the vault. */
  readonly leases: (() => Promise<ObjectStore>) | undefined;
  /** With keys: see `openVault`. */
  open(name?: string): Promise<Vault>;
  /** For the first step of a backup alone: see `createOrOpenVault`. */
  create(): Promise<Vault>;
  /** Without keys: the checked level, retention, listings. */
  openKeyless(name?: string): Promise<Vault>;
  /** Where the notes of a run lie: the primary, or the copy that the run reads while there is none. */
  openForNotes(from?: string): Promise<Vault>;
  close(): Promise<void>;
}

export function vaultsOf(options: VaultsOptions): Vaults {
  const { config, baseDir, now } = options;
  const byName = new Map(destinations(config).map((entry) => [entry.name, entry.destination]));
  const opened = new Map<string, Promise<ObjectStore>>();
  const openOnce = (name: string, destination: Destination): Promise<ObjectStore> => {
    const store = opened.get(name) ?? openAt(destination, baseDir);
    opened.set(name, store);
    store.catch(() => opened.delete(name));
    return store;
  };
  const store = (name: string) => openOnce(name, destinationNamed(byName, name));
  const common = async (name: string) => ({
    store: await store(name),
    now,
    ...(config.vault.leases && { leaseStore: await openOnce('leases', config.vault.leases) }),
    ...lockDaysOf(byName.get(name)),
  });
  const keyed = async (name: string): Promise<VaultOptions> => ({
    ...(await common(name)),
    recipients: await options.recipients(),
  });
  const openKeyless = async (name = 'primary') =>
    (await vaultModule()).openVaultWithoutKeys(await common(name));
  const { leases } = config.vault;
  return {
    names: [...byName.keys()],
    store,
    leases: leases && (() => openOnce('leases', leases)),
    open: async (name = 'primary') => (await vaultModule()).openVault(await keyed(name)),
    create: async () => (await vaultModule()).createOrOpenVault(await keyed('primary')),
    openKeyless,
    openForNotes: (from = 'primary') =>
      openKeyless().catch((error: unknown) => {
        if (from === 'primary') throw error;
        return openKeyless(from);
      }),
    async close() {
      await Promise.allSettled([...opened.values()].map(async (each) => (await each).close()));
      opened.clear();
    },
  };
}

const vaultModule = () => import('../pipeline/vault/index.ts');

async function openAt(destination: Destination | Copy, baseDir: string): Promise<ObjectStore> {
  const { openStore } = await import('../storage/index.ts');
  return openStore(destination, { baseDir });
}

function destinationNamed(byName: ReadonlyMap<string, Destination>, name: string): Destination {
  const destination = byName.get(name);
  if (destination) return destination;
  throw new UsageError(
    `There is no destination "${name}"${allowedWords(name, [...byName.keys()])}`,
    {
      code: 'DESTINATION_UNKNOWN',
    },
  );
}

const lockDaysOf = (destination: Destination | undefined): { lockDays?: number } =>
  destination?.lock === undefined ? {} : { lockDays: destination.lock.days };
