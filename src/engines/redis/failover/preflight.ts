/** What would end a failover half way, found before it begins. */
import type { ClusterNode, NodePair } from '../../../core/ports/failover-engine.ts';
import { isFenced, type WriteGate } from './fence-mark.ts';
import { type NodeSession, withNode } from './node-session.ts';
import { readGate } from './settings.ts';

type Words = Readonly<Record<string, string>>;

interface Facts {
  readonly info: Words;
  readonly settings: Words;
  readonly gate: WriteGate;
  /** A rule each: `user app on #… ~app:* +@write`. Secrets. */
  readonly users: readonly string[];
  readonly forbidden: readonly string[];
}

/** What the administrator has to be allowed: asked of the server without doing it, since version 7. */
const commands = [
  ['REPLICAOF', 'NO', 'ONE'],
  ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
  ['CONFIG', 'REWRITE'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['ZADD', 'holdfast:epoch', '1', '1'],
  ['ZRANGE', 'holdfast:epoch', '-1', '-1'],
] as const;

export async function preflight(
  { source, target }: NodePair,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [old, fresh] = await Promise.all([facts(source, signal), facts(target, signal)]);
  return [
    ...(old === undefined ? [] : eitherSide(source, old)),
    ...(fresh === undefined ? [] : [...eitherSide(target, fresh), ...asPrimary(target, fresh)]),
    ...(old === undefined || fresh === undefined ? [] : together(source, target, { old, fresh })),
  ];
}

async function facts({ url }: ClusterNode, signal: AbortSignal): Promise<Facts | undefined> {
  try {
    return await withNode({ url, seconds: 2, signal }, async (session) => ({
      info: await session.facts('INFO'),
      settings: await session.facts('CONFIG', 'GET', '*'),
      gate: await readGate(session),
      users: await session.list('ACL', 'LIST').catch(() => []),
      forbidden: await forbidden(session),
    }));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function forbidden(session: NodeSession): Promise<string[]> {
  const user = await session.text('ACL', 'WHOAMI').catch(() => 'default');
  const answers = await Promise.all(
    commands.map((words) => session.text('ACL', 'DRYRUN', user, ...words).catch(() => 'OK')),
  );
  return commands.flatMap((words, at) =>
    answers[at] === 'OK' ? [] : [words.slice(0, 2).join(' ')],
  );
}

function eitherSide({ name }: ClusterNode, { info, settings, forbidden }: Facts): string[] {
  const problems: (string | false)[] = [
    forbidden.length > 0 && `${name}: its administrator may not ${forbidden.join(', ')}`,
    info['config_file'] === '' &&
      `${name} runs without a file of settings: its role and its fence would not outlast a restart`,
    settings['replica-read-only'] === 'no' && `${name}: replica-read-only is off`,
  ];
  return problems.filter((each) => each !== false);
}

/** What it was spared as a replica. */
function asPrimary({ name }: ClusterNode, { info, settings, gate }: Facts): string[] {
  const keeps = settings['appendonly'] === 'yes' || settings['save'] !== '';
  const failed = ['rdb_last_bgsave_status', 'aof_last_write_status'].filter(
    (each) => info[each] === 'err',
  );
  const problems: (string | false)[] = [
    !keeps && `${name} keeps nothing on disk: started again it would be empty, and its replica too`,
    failed.length > 0 && `${name} cannot write to its disk (${failed.join(', ')})`,
    gate.replicas > 0 &&
      !isFenced(gate) &&
      `${name}: min-replicas-to-write is ${gate.replicas}, and it would have none`,
    isFenced(gate) && `${name} is fenced: it was taken out of service and not rebuilt`,
  ];
  return problems.filter((each) => each !== false);
}

function together(
  source: ClusterNode,
  target: ClusterNode,
  { old, fresh }: { readonly old: Facts; readonly fresh: Facts },
): string[] {
  const [a, b] = [versionOf(old), versionOf(fresh)];
  const room = Number(fresh.info['maxmemory'] ?? 0);
  const used = Number(old.info['used_memory_dataset'] ?? 0);
  const strangers = namesOf(old.users).filter((rule) => !namesOf(fresh.users).includes(rule));
  const problems: (string | false)[] = [
    a !== b && `${source.name} has version ${a}, ${target.name} has ${b}`,
    room > 0 && used > room && `${target.name}: maxmemory is less than ${source.name} holds`,
    strangers.length > 0 &&
      `${target.name} does not know ${strangers.join(', ')} as ${source.name} does (ACL)`,
  ];
  return problems.filter((each) => each !== false);
}

/** The major version, of whom: a replica reads what an older primary writes, not the other way round. */
const versionOf = ({ info }: Facts): string =>
  info['valkey_version'] === undefined
    ? `${Number.parseInt(info['redis_version'] ?? '', 10)}`
    : `Valkey ${Number.parseInt(info['valkey_version'], 10)}`;

/** Users do not replicate: one that the new primary does not know is locked out. Only names, never rules. */
const namesOf = (rules: readonly string[]): string[] =>
  rules.map((rule) => rule.split(' ').slice(0, 3).join(' ')).filter((rule) => rule.endsWith(' on'));
