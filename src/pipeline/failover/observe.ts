/** Looks at a whole cluster at once: every node, every probe, every name. */
import type { Vantage, World } from '../../core/failover/world.ts';
import type { ClusterAtWork, NameAtWork } from './at-work.ts';

/** A node that does not answer within this is not reachable from here. */
const answerSeconds = 2;

export async function observeWorld(cluster: ClusterAtWork): Promise<World> {
  const at = cluster.now().toISOString();
  const [nodes, probes, names] = await Promise.all([
    Promise.all(
      [...cluster.nodes.values()].map((node) =>
        cluster.engine.observe(node, answerSeconds, cluster.signal),
      ),
    ),
    Promise.all(
      cluster.config.detection.vantage
        .filter((place) => place !== 'local')
        .map((url) => askProbe(cluster, url)),
    ),
    Promise.all(cluster.names.map((name) => lookAt(name, cluster.signal))),
  ]);
  return { at, nodes, probes, names };
}

/** A probe that does not answer says nothing: it may be the one that is cut off. */
async function askProbe({ httpStatus }: ClusterAtWork, url: string): Promise<Vantage> {
  const status = await httpStatus(url);
  if (status === 0) return { place: url, sees: 'nothing', seen: 'the probe does not answer' };
  const sees = status >= 200 && status < 300 ? 'up' : 'down';
  return { place: url, sees, seen: `it answers ${status}` };
}

async function lookAt({ zone, values }: NameAtWork, signal: AbortSignal) {
  const state = await zone.read(signal);
  const [only, ...others] = state.values;
  const named = Object.entries(values).find(([, value]) => value === only)?.[0];
  return { label: zone.label, state, node: others.length === 0 ? named : undefined };
}
