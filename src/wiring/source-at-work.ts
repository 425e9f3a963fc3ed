/** Joins a source of the configuration with its engine, and makes the contexts that engines work in. */
import { fileURLToPath } from 'node:url';
import { destinations } from '../core/config/schema.ts';
import { UsageError } from '../core/errors.ts';
import { allowedWords } from '../core/nearest.ts';
import type { EngineContext } from '../core/ports/engine.ts';
import { engines } from '../engines/index.ts';
import type { SourceAtWork, WorkScope } from '../pipeline/source-at-work.ts';
import { helperArgv } from './programs.ts';
import { makeScratch, removeScratch, sweepScratch } from './scratch.ts';
import type { Site } from './site.ts';

type Surroundings = Pick<Site, 'config' | 'secrets' | 'stateDir' | 'tempDir' | 'now' | 'log'>;

export function sourceAtWork(site: Surroundings, name: string): SourceAtWork {
  const { sources } = site.config;
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  const engine = engines.find((candidate) => candidate.name === source?.engine);
  if (!source || !engine) {
    throw new UsageError(
      `There is no source "${name}"${allowedWords(name, Object.keys(sources))}`,
      {
        code: 'SOURCE_UNKNOWN',
        hint: 'Sources are the keys under `sources:`.',
      },
    );
  }
  const base = { name, source, log: site.log };
  return {
    ...base,
    engine,
    async use(scope, work) {
      await sweepScratch(site.tempDir);
      const scratchDir = await makeScratch(site.tempDir);
      try {
        return await work({ ...base, ...contextOf(site, scope), scratchDir });
      } finally {
        await removeScratch(scratchDir);
      }
    },
  };
}

function contextOf(
  site: Surroundings,
  scope: WorkScope,
): Omit<EngineContext, 'name' | 'source' | 'log' | 'scratchDir'> {
  return {
    ...scope,
    secret: site.secrets.resolve,
    now: site.now,
    helper: helperArgv,
    limits: { concurrency: site.config.limits.concurrency },
    ownPaths: ownPaths(site),
    ownBuckets: ownUrls(site).filter((url) => url.startsWith('s3:')),
  };
}

/** The state folder and every directory that is a vault or holds leases. */
function ownPaths(site: Pick<Surroundings, 'config' | 'stateDir'>): string[] {
  const folders = ownUrls(site).filter((url) => url.startsWith('file:'));
  return [site.stateDir, ...folders.map((url) => fileURLToPath(url))];
}

const ownUrls = ({ config }: Pick<Surroundings, 'config'>): string[] =>
  [...destinations(config).map(({ destination }) => destination), config.vault.leases].flatMap(
    (place) => place?.url ?? [],
  );
