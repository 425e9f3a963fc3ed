/** Looks at the primary of each cluster while schedules are served; begins a failover where that is allowed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reportError } from '../../core/errors.ts';
import type { Site } from '../../wiring/site.ts';
import { clusterOf } from '../executions/watched.ts';
import type { LocalRunner } from '../local-runner.ts';

/** Secrets are asked for anew, and names opened anew, so often. */
const reopenSeconds = 60;
const restSeconds = 5;

interface Watch {
  readonly site: () => Site;
  readonly runner: LocalRunner['runner'];
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** `restart` takes a changed configuration. */
export function watchPrimaries(watch: Watch): { readonly restart: () => void } {
  let current = new AbortController();
  const begin = (): void => {
    current.abort();
    current = new AbortController();
    const signal = AbortSignal.any([watch.signal, current.signal]);
    for (const name of Object.keys(watch.site().config.clusters)) {
      void watchOne({ ...watch, signal }, name);
    }
  };
  begin();
  return { restart: begin };
}

/** Until the signal; what is seen, and what goes wrong, is said when it changes. */
async function watchOne(watch: Watch, name: string): Promise<void> {
  const { signal, say } = watch;
  let said: string | undefined;
  while (!signal.aborted) {
    const line = await lookFor(watch, name).catch(async (error) => {
      await sleep(restSeconds * 1000, undefined, { signal }).catch(() => undefined);
      return `its primary cannot be watched: ${reportError(error).message}`;
    });
    if (line !== said && line !== undefined && !signal.aborted) say(`${name}: ${line}`);
    said = line;
  }
}

/** What a person should know; undefined while all is well, or a failover is under way. */
async function lookFor({ site, runner, signal }: Watch, name: string): Promise<string | undefined> {
  const { closeCluster, openCluster } = await import('../../wiring/cluster-at-work.ts');
  const { watchPrimary } = await import('../../pipeline/failover/watch-primary.ts');
  const cluster = await openCluster(site(), name, { signal });
  const start = async (): Promise<string> => {
    await runner.abortDead('failover', ({ input }) => clusterOf(input) === name);
    return (await runner.start('failover', { cluster: name, mode: 'forced' })).id;
  };
  try {
    const { sees, started } = await watchPrimary(cluster, { forSeconds: reopenSeconds, start });
    if (sees === 'run') await sleep(restSeconds * 1000, undefined, { signal });
    if (started !== null) return `its primary is down; a forced failover was begun: ${started}`;
    return sees === 'down' ? 'its primary is down' : undefined;
  } finally {
    await closeCluster(cluster);
  }
}
