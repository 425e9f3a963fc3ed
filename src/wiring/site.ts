/** A configuration at work: what composition roots share. Nothing is opened before it is used. */
import { tmpdir } from 'node:os';
import type { Config } from '../core/config/schema.ts';
import type { Recipient } from '../core/ports/keyring.ts';
import type { Signer } from '../core/ports/signer.ts';
import type { SourceAtWork } from '../pipeline/source-at-work.ts';
import type { Configuration } from './configuration.ts';
import { openRecipients } from './recipients.ts';
import { createSecrets, type Secrets } from './secrets/secrets.ts';
import { openSigner } from './signer.ts';
import { sourceAtWork } from './source-at-work.ts';
import { type Vaults, vaultsOf } from './vaults.ts';

export type Log = (line: string, fields?: Record<string, unknown>) => void;

export interface SiteOptions {
  readonly configuration: Configuration;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly log: Log;
  /** PEM files of escrow keys, for `restore --private-key`. */
  readonly privateKeys?: readonly string[];
}

export interface Site {
  readonly configuration: Configuration;
  readonly config: Config;
  /** Where scratch folders are made. */
  readonly tempDir: string;
  readonly now: () => Date;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly vaults: Vaults;
  recipients(): Promise<readonly Recipient[]>;
  signer(): Promise<Signer>;
  /** Throws UsageError `SOURCE_UNKNOWN`. */
  source(name: string): SourceAtWork;
  close(): Promise<void>;
}

export function openSite(options: SiteOptions): Site {
  const { configuration, environment, now, log } = options;
  const { config, baseDir, stateDir } = configuration;
  const secrets = createSecrets({ baseDir, environment, warn: log });
  const secret = secrets.resolve;
  const tempDir = environment['HOLDFAST_TMPDIR'] ?? tmpdir();
  const privateKeys = options.privateKeys ?? [];
  const recipients = once(() =>
    openRecipients(config.vault.encryption, { secret, baseDir, privateKeys }),
  );
  const signer = once(() => openSigner(config.vault.signing, { secret, stateDir }));
  const vaults = vaultsOf({ config, baseDir, now, recipients });
  const site = { configuration, config, tempDir, now, log, secrets, vaults };
  return {
    ...site,
    recipients,
    signer,
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
