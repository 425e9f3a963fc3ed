import { drillTaskInputSchema } from '../src/core/contracts/tasks.ts';
import { drillSource } from '../src/pipeline/drill.ts';
import type { TaskWork } from './task-work.ts';

export const drillTask: TaskWork = async (given, { site, ...context }) => {
  const input = drillTaskInputSchema.parse(given);
  const vault = await site.vaults.open(input.from);
  const primary = await site.vaults.openForNotes(input.from);
  return drillSource(input, {
    ...context,
    vault,
    primary,
    source: site.source(input.source),
    signer: await site.signer(),
    limits: site.config.limits,
  });
};
