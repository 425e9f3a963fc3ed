/** Names in a configuration that must name something else in it: channels, sources. */
import { allowedWords } from '../nearest.ts';
import { type Finding, finding } from './finding.ts';
import type { Path } from './place.ts';
import type { Config } from './schema.ts';

export function checkReferences(config: Config): Finding[] {
  return [...checkRoutes(config), ...checkOrder(config)];
}

function checkRoutes({ alerts }: Config): Finding[] {
  const channels = Object.keys(alerts.channels);
  const unknown = (names: readonly string[], path: Path): Finding[] =>
    names.flatMap((name, index) =>
      channels.includes(name)
        ? []
        : [finding([...path, index], `no channel "${name}"${allowedWords(name, channels)}`)],
    );
  const routes = alerts.routes.flatMap((route, index) => {
    const path = ['alerts', 'routes', index];
    return [
      ...unknown(route.to, [...path, 'to']),
      ...unknown(route.escalate?.to ?? [], [...path, 'escalate', 'to']),
    ];
  });
  return [...routes, ...unknown(alerts.digest?.to ?? [], ['alerts', 'digest', 'to'])];
}

function checkOrder({ sources }: Config): Finding[] {
  const names = Object.keys(sources);
  const unknown = Object.entries(sources).flatMap(([name, { after }]) =>
    after.flatMap((other, index) =>
      names.includes(other)
        ? []
        : [
            finding(
              ['sources', name, 'after', index],
              `no source "${other}"${allowedWords(other, names)}`,
            ),
          ],
    ),
  );
  return [...unknown, ...checkCycles(edgesOf(sources))];
}

type Edges = ReadonlyMap<string, readonly string[]>;
const edgesOf = (sources: Config['sources']): Edges =>
  new Map(Object.entries(sources).map(([name, source]) => [name, source.after]));

/** One finding for each circle, at the `after:` of its first source. */
function checkCycles(edges: Edges): Finding[] {
  const done = new Set<string>();
  return [...edges.keys()].flatMap((name) => {
    const circle = walk(name, [], { edges, done });
    if (circle === undefined) return [];
    const shown = [...circle, circle[0]].join(' → ');
    return [finding(['sources', String(circle[0]), 'after'], `goes in a circle: ${shown}`)];
  });
}

function walk(
  name: string,
  trail: readonly string[],
  graph: { readonly edges: Edges; readonly done: Set<string> },
): readonly string[] | undefined {
  if (trail.includes(name)) return trail.slice(trail.indexOf(name));
  if (graph.done.has(name)) return undefined;
  graph.done.add(name);
  for (const next of graph.edges.get(name) ?? []) {
    const circle = walk(next, [...trail, name], graph);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
