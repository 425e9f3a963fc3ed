import { restoreTaskInputSchema } from '../src/core/contracts/tasks.ts';
import { restoreSource } from '../src/pipeline/restore.ts';
import type { TaskWork } from './task-work.ts';

export const restoreTask: TaskWork = async (given, { site, ...context }) => {
  const input = restoreTaskInputSchema.parse(given);
  return restoreSource(input, {
    ...context,
    vault: await site.vaults.open(input.from),
    source: site.source(input.source),
    limits: site.config.limits,
  });
};
