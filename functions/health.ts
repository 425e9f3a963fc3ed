/** Finds what never happened, escalates, delivers what is still undelivered, sends the digest. */
import { healthEventSchema } from '../src/core/contracts/functions.ts';
import { VaultMissingError } from '../src/core/errors.ts';
import { healthFigures } from '../src/core/figures.ts';
import { checkHealth } from '../src/pipeline/health.ts';
import { kmsKeyStates } from '../src/wiring/kms-key-states.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';
import { openNotifier } from '../src/wiring/notifier.ts';

export const handler = lambdaHandler(
  healthEventSchema,
  async ({ executionArn }, { site, signal, measure }) => {
    const { config, vaults } = site;
    try {
      const vault = await vaults.openKeyless();
      const notifier = await openNotifier(site, signal, executionArn);
      const keys = await kmsKeyStates(site);
      const copies = config.vault.copies
        .filter(({ by }) => by === 's3-replication')
        .map(({ name }) => ({ name, open: () => vaults.store(name) }));
      const given = { vault, config, notifier, keys, copies };
      const { sources, stale, statuses } = await checkHealth(given);
      measure(healthFigures(statuses, stale));
      return { sources, stale: stale.length };
    } catch (error) {
      // Before the first backup there is nothing to miss: that a backup fails is told by its own run.
      if (!(error instanceof VaultMissingError)) throw error;
      measure(healthFigures([], []));
      return { sources: 0, stale: 0 };
    }
  },
);
