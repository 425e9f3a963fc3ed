/** What one schedule makes due, as a list in the state or, where that is too long, in the vault. */
import { bucketLocation } from '../core/bucket-location.ts';
import type { Config } from '../core/config/schema.ts';
import type { ScheduledPlan } from '../core/contracts/functions.ts';
import type { ScheduledInput } from '../core/contracts/machines.ts';
import { layout } from '../core/layout.ts';
import { type DueRun, dueRuns, startedRuns } from '../core/scheduled-runs.ts';
import { type Vault, writeResult } from './vault/index.ts';

export interface ScheduledOptions {
  readonly config: Pick<Config, 'sources' | 'vault'> & {
    readonly deploy: Pick<Config['deploy'], 'standby'>;
  };
  readonly execution: string;
  /** Asked for only where the list goes to the vault. */
  readonly openVault: () => Promise<Vault>;
}

/** A run takes at most 340 bytes: so many stay far below a state's 256 KiB. */
const longestInline = 100;
/** Of single runs, or of batches of ten from a list: what Fargate starts and a vault takes at a time. */
const concurrency = 20;

export async function planScheduled(
  input: ScheduledInput,
  { config, execution, openVault }: ScheduledOptions,
): Promise<ScheduledPlan> {
  const runs = dueRuns(startedRuns(config), input, new Date(input.scheduledTime));
  const due = runs.length;
  const location = bucketLocation(config.vault.primary.url);
  // Only a Distributed Map reads lists, and only from a bucket.
  if (due <= longestInline || location === undefined) {
    return { due, runs, list: null, concurrency };
  }
  await writeList(runs, await openVault(), execution);
  const key = `${location.prefix}${layout.result(execution, listStep)}`;
  return { due, runs: [], list: { bucket: location.bucket, key }, concurrency };
}

const listStep = 'runs';

const writeList = (runs: readonly DueRun[], vault: Vault, execution: string): Promise<void> =>
  writeResult(vault, execution, listStep, runs);
