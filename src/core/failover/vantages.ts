/** Who says what of the primary: this machine, each replica by its stream, each configured probe. */
import type { Vantage, World } from './world.ts';

export function vantagesOf(world: World, primary: string): Vantage[] {
  return [...local(world, primary), ...replicas(world, primary), ...world.probes];
}

function local({ nodes }: World, primary: string): Vantage[] {
  const seen = nodes.find(({ node }) => node === primary);
  if (seen === undefined) return [];
  return seen.reachable
    ? [{ place: 'local', sees: 'up', seen: `${primary} answers as ${seen.state.role}` }]
    : [{ place: 'local', sees: 'down', seen: seen.seen }];
}

function replicas({ nodes }: World, primary: string): Vantage[] {
  return nodes.flatMap((seen): Vantage[] => {
    if (!seen.reachable || seen.node === primary || seen.state.role !== 'replica') return [];
    const place = `replica ${seen.node}`;
    const heard = seen.state.heardAt ?? 'never';
    return seen.state.streaming
      ? [{ place, sees: 'up', seen: `it streams, last heard ${heard}` }]
      : [{ place, sees: 'down', seen: `it does not stream, last heard ${heard}` }];
  });
}
