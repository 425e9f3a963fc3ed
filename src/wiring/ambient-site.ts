/** The site of a function or a task: found by its environment, opened once per process. */
import { z } from 'zod';
import { findConfiguration, loadConfiguration } from './configuration.ts';
import { type Log, openSite, type Site } from './site.ts';

const environmentSchema = z.object({
  HOLDFAST_CONFIG: z.string().optional(),
  HOLDFAST_STAGE: z.string().optional(),
});

export interface AmbientOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => Date;
  readonly log: Log;
}

const sites = new Map<string, Promise<Site>>();

/** One for each configuration and stage, so that stores and clients are shared between invocations. */
export function ambientSite(options: AmbientOptions): Promise<Site> {
  const { HOLDFAST_CONFIG, HOLDFAST_STAGE } = environmentSchema.parse(options.environment);
  const file = findConfiguration(HOLDFAST_CONFIG, options.cwd);
  const key = JSON.stringify([file, HOLDFAST_STAGE]);
  const known = sites.get(key) ?? open(file, HOLDFAST_STAGE, options);
  sites.set(key, known);
  known.catch(() => sites.delete(key));
  return known;
}

async function open(
  file: string,
  stage: string | undefined,
  options: AmbientOptions,
): Promise<Site> {
  const configuration = await loadConfiguration({ file, stage, cwd: options.cwd });
  return openSite({ ...options, configuration });
}

/** Ends the connections of all of them: at the end of a process, and between tests. */
export async function closeAmbientSites(): Promise<void> {
  const open = [...sites.values()];
  sites.clear();
  await Promise.allSettled(open.map(async (site) => (await site).close()));
}
