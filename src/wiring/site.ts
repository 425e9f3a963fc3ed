/** A configuration at work: what composition roots share. Nothing is opened before it is used. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channels } from '../channels/index.ts';
import { readConfig } from '../core/config/parse.ts';
import type { Config } from '../core/config/schema.ts';
import type { Recipient } from '../core/ports/keyring.ts';
import type { Signer } from '../core/ports/signer.ts';
import { failoverEngines } from '../engines/failover.ts';
import { engines } from '../engines/index.ts';
import type { SourceAtWork } from '../pipeline/source-at-work.ts';
import { readConfigText } from './config-text.ts';
import { openRecipients } from './recipients.ts';
import { createSecrets, type Secrets } from './secrets/secrets.ts';
import { openSigner } from './signer.ts';
import { sourceAtWork } from './source-at-work.ts';
import { type StackKeyName, stackKey, stackKeyVariables } from './stack-keys.ts';
import { type Vaults, vaultsOf } from './vaults.ts';

export type Log = (line: string, fields?: Record<string, unknown>) => void;

export interface SiteOptions {
  /** `holdfast.yaml`, absolute or from the working directory; a deployed one as `s3://…/config/<sha256>.json`. */
  readonly configFile: string;
  readonly stage?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly log: Log;
  /** What a person should hear even when nothing is logged; absent: the log. */
  readonly warn?: (line: string) => void;
  /** PEM files of escrow keys, for `restore --private-key`. */
  readonly privateKeys?: readonly string[];
  /** Finds the keys that the stack made, for a configuration that is deployed. */
  readonly askStack?: (site: Pick<Site, 'config'>, name: StackKeyName) => Promise<string>;
}

export interface Site {
  readonly config: Config;
  /** Whether the configuration says `deploy:`, with the stage laid over it. */
  readonly hasDeployment: boolean;
  readonly configFile: string;
  /** What is usable but worth a word. */
  readonly warnings: readonly string[];
  /** `.holdfast/` beside the configuration: the journal, the signing key. */
  readonly stateDir: string;
  /** Where scratch folders are made. */
  readonly tempDir: string;
  readonly now: () => Date;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly vaults: Vaults;
  recipients(): Promise<readonly Recipient[]>;
  signer(): Promise<Signer>;
  /** What `kms: stack` means, for the environment of tasks. */
  stackKeys(): Promise<Readonly<Record<string, string>>>;
  /** Throws UsageError `SOURCE_UNKNOWN`. */
  source(name: string): SourceAtWork;
  close(): Promise<void>;
}

/** Throws UsageError `CONFIG_UNREADABLE`, ConfigurationError. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const { environment, now, log, stage } = options;
  const tempDir = environment['HOLDFAST_TMPDIR'] ?? tmpdir();
  const source = await readConfigText(options.configFile, tempDir);
  const { place: configFile, baseDir } = source;
  const stateDir = join(baseDir, '.holdfast');
  const { config, warnings, hasDeployment } = readConfig(source.text, {
    file: source.name,
    stage,
    engines,
    channels: Object.values(channels),
    clusterEngines: Object.keys(failoverEngines),
  });
  const secrets = createSecrets({ baseDir, environment, warn: options.warn ?? log });
  const secret = secrets.resolve;
  const privateKeys = options.privateKeys ?? [];
  const { askStack } = options;
  const ask = askStack && ((name: StackKeyName) => askStack({ config }, name));
  const find = (name: StackKeyName) => stackKey(name, { environment, ask });
  const recipients = once(() =>
    openRecipients(config.vault.encryption, {
      ...{ secret, baseDir, privateKeys },
      stackKey: find,
    }),
  );
  const signer = once(() =>
    openSigner(config.vault.signing, { secret, stateDir, stackKey: () => find('signing') }),
  );
  const vaults = vaultsOf({ config, baseDir, now, recipients });
  const place = { configFile, stateDir, tempDir };
  const site = { ...place, config, hasDeployment, warnings, now, log, secrets, vaults };
  return {
    ...site,
    recipients,
    signer,
    stackKeys: () => stackKeyVariables(config.vault, find),
    source: (name) => sourceAtWork(site, name),
    close: vaults.close,
  };
}

/** One result for all callers; a failure is tried again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    made.catch(() => {
      made = undefined;
    });
    return made;
  };
}
