/** Names in `clusters:` that must name something else, and clusters that are none. */
import { allowedWords } from '../nearest.ts';
import { scaledBy, workloadName } from './around.ts';
import { type ClusterConfig, managedEngines, type NodeConfig } from './cluster.ts';
import { type Finding, finding } from './finding.ts';
import type { Path } from './place.ts';
import type { Config } from './schema.ts';

/** `engines`: those that know how to fail over; absent: not checked here. */
export function checkClusters(config: Config, engines: readonly string[] | undefined): Finding[] {
  return Object.entries(config.clusters).flatMap(([name, cluster]) => {
    const path = ['clusters', name];
    return [
      ...named(cluster.engine, engines ?? [cluster.engine], {
        path: [...path, 'engine'],
        kind: 'engine that fails over',
      }),
      ...checkNodes(cluster, path),
      ...checkControl(cluster, path),
      ...checkNames(cluster, config, path),
      ...checkDrill(cluster, path),
      ...checkDetection(cluster, path),
      ...checkScaled(cluster, path),
    ];
  });
}

function checkNodes({ nodes, dns }: ClusterConfig, path: Path): Finding[] {
  const names = Object.keys(nodes);
  const few =
    names.length < 2 ? [finding([...path, 'nodes'], 'expected at least two nodes, by name')] : [];
  const values = dns.flatMap((record, index) => {
    const place = [...path, 'dns', index, 'values'];
    const missing = names.filter((name) => record.values[name] === undefined);
    return [
      ...missing.map((name) => finding(place, `no value for node "${name}"`)),
      ...Object.keys(record.values).flatMap((name) =>
        named(name, names, { path: [...place, name], kind: 'node' }),
      ),
    ];
  });
  return [...few, ...values];
}

/** Who fails over by an API knows no machine, and who knows machines asks no API. */
function checkControl({ engine, nodes }: ClusterConfig, path: Path): Finding[] {
  const expected = managedEngines[engine];
  return Object.entries(nodes).flatMap(([name, { control }]) => {
    const way = wayOf(control);
    if (way === expected) return [];
    const words =
      expected === undefined
        ? `${way}: the engine ${engine} needs a way to a machine; expected local, ssh or ssm`
        : `the engine ${engine} needs ${expected}: { … } here`;
    return [finding([...path, 'nodes', name, 'control'], words)];
  });
}

const wayOf = (control: NodeConfig['control']): string | undefined =>
  Object.keys(control ?? {}).find((key) =>
    Object.values(managedEngines).some((way) => way === key),
  );

/** A drill restores a backup: it needs to know whose. */
const checkDrill = ({ drill, source }: ClusterConfig, path: Path): Finding[] =>
  drill?.schedule === undefined || source !== undefined
    ? []
    : [finding([...path, 'drill'], 'a drill needs `source:` of the cluster beside it')];

/** With nobody to ask, and a primary that is silent, seconds are all that is known of the loss. */
const checkDetection = ({ detection, approval, budget }: ClusterConfig, path: Path): Finding[] =>
  detection.automatic && !approval.required && budget.seconds === undefined
    ? [
        finding(
          [...path, 'budget'],
          'an automatic start that nobody approves needs `seconds`: what else may be lost is not known before',
        ),
      ]
    : [];

function checkNames(cluster: ClusterConfig, config: Config, path: Path): Finding[] {
  const sources = Object.keys(config.sources);
  const channels = Object.keys(config.alerts.channels);
  const { source, approval, freeze } = cluster;
  return [
    ...(source === undefined
      ? []
      : named(source, sources, { path: [...path, 'source'], kind: 'source' })),
    ...approval.to.flatMap((name, index) =>
      named(name, channels, { path: [...path, 'approval', 'to', index], kind: 'channel' }),
    ),
    ...freeze.flatMap((each, index) =>
      'source' in each
        ? named(each.source, sources, {
            path: [...path, 'freeze', index, 'source'],
            kind: 'source',
          })
        : [],
    ),
  ];
}

/** What is scaled up again needs a number, and a side that exists. */
function checkScaled({ nodes, freeze, activate }: ClusterConfig, path: Path): Finding[] {
  const frozen = new Set(
    freeze.flatMap((each) => {
      const scaled = scaledBy(each);
      return scaled === undefined ? [] : [workloadName(scaled.workload)];
    }),
  );
  return Object.entries({ freeze, activate }).flatMap(([key, steps]) =>
    steps.flatMap((each, index) => {
      const scaled = scaledBy(each);
      if (scaled === undefined) return [];
      const { node, count, workload } = scaled;
      const place = [...path, key, index];
      const side =
        node === undefined ? [] : named(node, Object.keys(nodes), { path: place, kind: 'node' });
      if (count !== undefined || frozen.has(workloadName(workload))) return side;
      const words = `how many? ${workloadName(workload)} is not under \`freeze:\`, so that nothing is remembered of it`;
      return [...side, finding(place, words)];
    }),
  );
}

function named(
  name: string,
  known: readonly string[],
  { path, kind }: { readonly path: Path; readonly kind: string },
): Finding[] {
  if (known.includes(name)) return [];
  return [finding(path, `no ${kind} "${name}"${allowedWords(name, known)}`)];
}
