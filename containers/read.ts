import { readInputSchema } from '../src/core/contracts/tasks.ts';
import { readBackup } from '../src/pipeline/read.ts';
import type { TaskWork } from './task-work.ts';

export const readTask: TaskWork = async (given, { site, ...context }) => {
  const input = readInputSchema.parse(given);
  return readBackup(input, {
    ...context,
    vault: await site.vaults.open(),
    source: site.source(input.source),
    signer: await site.signer(),
    limits: site.config.limits,
  });
};
