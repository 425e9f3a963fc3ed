import { randomBytes } from 'node:crypto';
import { dumpInputSchema } from '../src/core/contracts/tasks.ts';
import { dumpSource } from '../src/pipeline/dump.ts';
import { version } from '../src/wiring/version.ts';
import type { TaskWork } from './task-work.ts';

export const dumpTask: TaskWork = async (given, { site, ...context }) => {
  const input = dumpInputSchema.parse(given);
  return dumpSource(input, {
    ...context,
    version,
    vault: await site.vaults.open(),
    source: site.source(input.source),
    limits: site.config.limits,
    random: () => randomBytes(4).toString('hex'),
  });
};
