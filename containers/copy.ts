import { copyInputSchema } from '../src/core/contracts/tasks.ts';
import { copySource } from '../src/pipeline/copy.ts';
import type { TaskWork } from './task-work.ts';

export const copyTask: TaskWork = async (given, { site, ...context }) => {
  const { source } = copyInputSchema.parse(given);
  const { copies } = site.config.vault;
  return copySource(source, {
    ...context,
    vault: await site.vaults.openKeyless(),
    source: site.source(source).source,
    floor: site.config.retention.floor,
    signer: await site.signer(),
    limits: site.config.limits,
    targets: copies
      .filter(({ by }) => by === 'holdfast')
      .map((copy) => ({ copy, open: () => site.vaults.store(copy.name) })),
  });
};
