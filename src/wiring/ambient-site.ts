/** The site of a function or a task: found by its environment, opened once per process. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { isDeployed } from './config-text.ts';
import { type Log, openSite, type Site } from './site.ts';

const environmentSchema = z.object({
  HOLDFAST_CONFIG: z.string().default('holdfast.yaml'),
  HOLDFAST_STAGE: z.string().optional(),
  /** PEM files, separated by colons. */
  HOLDFAST_PRIVATE_KEYS: z.string().default(''),
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
  const { HOLDFAST_CONFIG, HOLDFAST_STAGE, HOLDFAST_PRIVATE_KEYS } = environmentSchema.parse(
    options.environment,
  );
  const configFile = isDeployed(HOLDFAST_CONFIG)
    ? HOLDFAST_CONFIG
    : resolve(options.cwd, HOLDFAST_CONFIG);
  const privateKeys = HOLDFAST_PRIVATE_KEYS.split(':').filter((file) => file !== '');
  const key = JSON.stringify([configFile, HOLDFAST_STAGE, privateKeys]);
  const known =
    sites.get(key) ?? openSite({ ...options, configFile, stage: HOLDFAST_STAGE, privateKeys });
  sites.set(key, known);
  known.catch(() => sites.delete(key));
  return known;
}

/** Ends the connections of all of them: at the end of a process, and between tests. */
export async function closeAmbientSites(): Promise<void> {
  const open = [...sites.values()];
  sites.clear();
  await Promise.allSettled(open.map(async (site) => (await site).close()));
}
