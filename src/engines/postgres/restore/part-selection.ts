/** Which entries of an archive make up the schemas and tables that `--only` names. Pure. */
import type { OnlyPattern } from '../patterns.ts';
import type { TocEntry } from './archive-toc.ts';

export interface Part {
  /** In the archive's order. */
  readonly entries: readonly TocEntry[];
  /** The relations that were asked for, with partitions and owned sequences. */
  readonly relations: readonly TocEntry[];
  /** Tables that a selected view or child needs and that are neither selected nor on the target. */
  readonly lacking: readonly string[];
  readonly notes: readonly string[];
}

const relationKinds = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE']);
export const isRelation = ({ kind }: TocEntry) => relationKinds.has(kind);

/** Their only dependency that matters is the object they describe. */
const describing = new Set(['COMMENT', 'ACL', 'SECURITY LABEL', 'INDEX', 'STATISTICS']);
/** Their tag begins with the name of the relation they belong to; other dependencies are references. */
const belonging = new Set([
  ...['CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'DEFAULT', 'TRIGGER', 'RULE', 'POLICY'],
  ...['ROW SECURITY', 'MATERIALIZED VIEW DATA'],
]);
/** They tie two objects together. */
const joining = new Set(['SEQUENCE OWNED BY', 'TABLE ATTACH', 'INDEX ATTACH']);

export interface PartRequest {
  readonly toc: readonly TocEntry[];
  readonly patterns: readonly OnlyPattern[];
  /** Whether the target has the object already. */
  exists(entry: TocEntry): boolean;
}

export function selectPart(request: PartRequest): Part {
  const graph = graphOf(request.toc);
  const chosen = new Set(request.toc.filter((entry) => isNamed(entry, request.patterns)));
  grow(chosen, graph);
  const asked = [...chosen];
  const notes = dropDanglingKeys(chosen, graph, request);
  const lacking = addPrerequisites(chosen, graph, request);
  return {
    // A schema that is there stays, and gets what is said about it.
    entries: request.toc.filter(
      (entry) => chosen.has(entry) && !(entry.kind === 'SCHEMA' && request.exists(entry)),
    ),
    relations: asked.filter(isRelation),
    lacking,
    notes,
  };
}

interface Graph {
  readonly toc: readonly TocEntry[];
  dependenciesOf(entry: TocEntry): TocEntry[];
}

function graphOf(toc: readonly TocEntry[]): Graph {
  const byId = new Map(toc.map((entry) => [entry.id, entry]));
  return {
    toc,
    dependenciesOf: (entry) => entry.dependencies.flatMap((id) => byId.get(id) ?? []),
  };
}

function isNamed(entry: TocEntry, patterns: readonly OnlyPattern[]): boolean {
  return patterns.some((pattern) => {
    if (pattern.wholeSchema && entry.kind === 'SCHEMA') return pattern.matchesSchema(entry.tag);
    if (entry.schema === null) return false;
    if (pattern.wholeSchema) return pattern.matchesSchema(entry.schema);
    return isRelation(entry) && (pattern.table?.matches(entry.schema, entry.tag) ?? false);
  });
}

/** Until nothing more belongs to what was chosen. */
function grow(chosen: Set<TocEntry>, graph: Graph): void {
  let before = -1;
  while (chosen.size !== before) {
    before = chosen.size;
    for (const entry of graph.toc) {
      if (!chosen.has(entry) && belongs(entry, chosen, graph)) chosen.add(entry);
    }
    for (const entry of graph.toc) addJoined(entry, chosen, graph);
  }
}

function belongs(entry: TocEntry, chosen: ReadonlySet<TocEntry>, graph: Graph): boolean {
  const owners = graph.dependenciesOf(entry).filter((one) => chosen.has(one));
  if (describing.has(entry.kind)) return owners.length > 0;
  if (belonging.has(entry.kind)) return owners.some((owner) => isOwner(owner, entry));
  // The sequence of an identity column.
  return entry.kind === 'SEQUENCE' && owners.some(({ kind }) => kind === 'TABLE');
}

const isOwner = (owner: TocEntry, { schema, tag }: TocEntry) =>
  isRelation(owner) &&
  owner.schema === schema &&
  (tag === owner.tag || tag.startsWith(`${owner.tag} `));

/** A chosen table brings its own sequences, a chosen parent its partitions. */
function addJoined(entry: TocEntry, chosen: Set<TocEntry>, graph: Graph): void {
  if (!joining.has(entry.kind)) return;
  const ends = graph.dependenciesOf(entry);
  const self = ends.find(({ schema, tag }) => schema === entry.schema && tag === entry.tag);
  const other = ends.find((one) => one !== self && isRelation(one));
  if (self !== undefined && other !== undefined && chosen.has(other)) chosen.add(self);
  if (ends.every((one) => chosen.has(one) || one.kind === 'SCHEMA')) chosen.add(entry);
}

/** A foreign key needs the other table; without it the key is left out and said so. */
function dropDanglingKeys(chosen: Set<TocEntry>, graph: Graph, { exists }: PartRequest): string[] {
  const notes: string[] = [];
  for (const entry of chosen) {
    if (entry.kind !== 'FK CONSTRAINT') continue;
    const tables = graph.dependenciesOf(entry).filter(isRelation);
    if (tables.every((table) => chosen.has(table) || exists(table))) continue;
    chosen.delete(entry);
    notes.push(`left out, its other table is not there: foreign key ${entry.schema}.${entry.tag}`);
  }
  return notes;
}

/** Types, functions, schemas… that what was chosen refers to and the target lacks. */
function addPrerequisites(chosen: Set<TocEntry>, graph: Graph, { exists }: PartRequest): string[] {
  const lacking: string[] = [];
  const schemas = new Map(
    graph.toc.filter(({ kind }) => kind === 'SCHEMA').map((entry) => [entry.tag, entry]),
  );
  const pending = [...chosen];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const schema = schemas.get(entry.schema ?? '');
    const needed = [...graph.dependenciesOf(entry), ...(schema === undefined ? [] : [schema])];
    for (const one of needed.filter((each) => !chosen.has(each) && !exists(each))) {
      if (isRelation(one) && one.kind !== 'SEQUENCE') lacking.push(`${one.schema}.${one.tag}`);
      chosen.add(one);
      pending.push(one);
    }
  }
  return [...new Set(lacking)];
}
