/** Proves a configuration: every source, destination, key and signer is used once, harmlessly. */
import { randomBytes } from 'node:crypto';
import { reportError } from '../core/errors.ts';
import type { Recipient } from '../core/ports/keyring.ts';
import type { Signer } from '../core/ports/signer.ts';
import type { ObjectStore, ProbeFinding } from '../core/ports/store.ts';
import { compressorVersion } from './data-path/index.ts';
import type { SourceAtWork } from './source-at-work.ts';
import type { Vault } from './vault/index.ts';

export type CheckedArea =
  | 'configuration'
  | 'deployment'
  | 'source'
  | 'vault'
  | 'key'
  | 'signer'
  | 'channel'
  | 'cluster';

/** One line of the answer; `name` is the source, destination, recipient or channel. */
export interface CheckLine extends ProbeFinding {
  readonly area: CheckedArea;
  readonly name: string;
  /** Of the error behind it, where one was thrown. */
  readonly exitCode?: number;
}

type Finding = ProbeFinding & { readonly exitCode?: number };

/** Runs one look; what it throws becomes a finding with the error's own hint as the fix. */
export async function look(
  place: Pick<CheckLine, 'area' | 'name'>,
  findings: () => Promise<readonly Finding[]>,
): Promise<CheckLine[]> {
  try {
    return (await findings()).map((finding) => ({ ...place, ...finding }));
  } catch (error) {
    const { message, hint, exitCode } = reportError(error);
    const fix = hint === undefined ? {} : { fix: hint };
    return [{ ...place, subject: place.area, level: 'error', detail: message, exitCode, ...fix }];
  }
}

/** The program that every backup and restore goes through, found as they find it. */
export const checkCompressor = (): Promise<CheckLine[]> =>
  look({ area: 'configuration', name: 'programs' }, async () => [
    { subject: 'zstd', level: 'ok', detail: await compressorVersion() },
  ]);

export const checkSource = (source: SourceAtWork, signal: AbortSignal): Promise<CheckLine[]> =>
  look({ area: 'source', name: source.name }, () =>
    source.use({ signal, progress: () => {} }, (context) => source.engine.check(context)),
  );

export const checkStore = (name: string, open: () => Promise<ObjectStore>): Promise<CheckLine[]> =>
  look({ area: 'vault', name }, async () => (await (await open()).probe()).findings);

/** Opens the vault with the configured keys; that there is none yet is no fault. */
export const checkVaultKeys = (name: string, open: () => Promise<Vault>): Promise<CheckLine[]> =>
  look({ area: 'vault', name }, async () => {
    try {
      const vault = await open();
      return [
        { subject: 'vault', level: 'ok', detail: `opens with the configured keys (${vault.id})` },
      ];
    } catch (error) {
      if (reportError(error).code !== 'VAULT_MISSING') throw error;
      return [
        { subject: 'vault', level: 'ok', detail: 'not there yet: the first backup creates it' },
      ];
    }
  });

/** Wraps a random key and opens it again. */
export const checkRecipient = (recipient: Recipient): Promise<CheckLine[]> =>
  look({ area: 'key', name: recipient.id }, async () => {
    const key = randomBytes(32);
    const context = { source: 'check', backup: 'check', object: 'key' };
    const message = await recipient.wrap(key, context);
    if (!recipient.canUnwrap) {
      const detail = 'wraps; a public key alone opens nothing here';
      const fix = '`holdfast keys test --private-key FILE` tests the other half.';
      return [{ subject: recipient.kind, level: 'ok', detail, fix }];
    }
    const opened = await recipient.unwrap(message, context);
    const same = Buffer.compare(opened, key) === 0;
    return [
      same
        ? { subject: recipient.kind, level: 'ok', detail: 'wraps and opens' }
        : {
            subject: recipient.kind,
            level: 'error',
            detail: 'opened something else than was wrapped',
          },
    ];
  });

export const checkSigner = (open: () => Promise<Signer>): Promise<CheckLine[]> =>
  look({ area: 'signer', name: 'attestations' }, async () => {
    const signer = await open();
    await signer.sign(randomBytes(32));
    return [{ subject: 'signer', level: 'ok', detail: `signs as ${signer.id}` }];
  });
