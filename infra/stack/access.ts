/**
 * Who may do what, by the prefixes of the vault: the whole of least privilege on one page. From it the
 * roles are made (roles.ts), and from the template the table in docs/security.md.
 */
import { layout } from '../../src/core/layout.ts';
import type { Group } from './groups.ts';

/** Prefixes end with `/`; `*` inside stands for a backup id, an execution's name or a source. */
export interface Access {
  readonly read?: readonly string[];
  /** The bucket's policy refuses to replace what lies there. */
  readonly create?: readonly string[];
  /** Under state/ and results/ alone. */
  readonly replace?: readonly string[];
  readonly remove?: readonly string[];
  /** Leases by name: made, renewed, and taken away by their holder. */
  readonly leases?: readonly string[];
  /** Extend the locks of sets that a new one builds upon. */
  readonly extendLocks?: readonly string[];
  readonly keys?: Keys;
  readonly signs?: boolean;
  /** Looks whether the keys are there. */
  readonly watchesKeys?: boolean;
  /** Also at every copy that Holdfast writes or retains. */
  readonly copies?: 'write' | 'retain' | 'read' | 'thaw';
  /** Brought back from an archive tier. */
  readonly thaws?: readonly string[];
  readonly channels?: boolean;
  readonly secrets?: readonly string[];
}

/** `wrap` makes data keys, `open` unwraps; of these sources, or of all; the vault's key check always. */
export interface Keys {
  readonly wrap: boolean;
  readonly open: readonly string[] | 'all' | 'key-check';
}

const foundations = [layout.vault, layout.keyChecks];
const everySet = [layout.sets, layout.data];
const attestations = `${layout.sets}*/*/attestations/`;

/** Functions and tasks that serve all sources. */
export const access = {
  plan: {
    read: [...foundations, ...everySet, layout.allRuns, layout.results, layout.signers],
    create: [...foundations, layout.allRuns],
    replace: [layout.results],
    thaws: [layout.data],
    keys: { wrap: true, open: 'key-check' },
    copies: 'thaw',
  },
  verify: {
    read: [layout.vault, ...everySet, layout.results, layout.signers],
    create: [attestations, layout.signers],
    replace: [layout.results],
    signs: true,
  },
  retain: {
    read: [layout.vault, ...everySet, layout.results, layout.allRuns, layout.signers],
    create: [attestations, layout.signers],
    replace: [layout.results],
    remove: [...everySet, layout.results, layout.allRuns],
    leases: ['maintenance*', 'source-*'],
    extendLocks: everySet,
    signs: true,
    copies: 'retain',
  },
  notify: {
    read: [layout.vault, ...everySet, layout.results, layout.signers, 'state/'],
    replace: [layout.alerts],
    channels: true,
  },
  health: {
    read: [layout.vault, ...everySet, layout.results, layout.signers, 'state/'],
    replace: [layout.alerts, layout.health],
    watchesKeys: true,
    copies: 'read',
    channels: true,
  },
  copy: {
    read: [...foundations, ...everySet, layout.results, layout.signers],
    create: [attestations, layout.signers],
    replace: [layout.results],
    signs: true,
    copies: 'write',
  },
  read: {
    read: [...foundations, ...everySet, layout.results, layout.signers],
    create: [attestations, layout.signers],
    replace: [layout.results],
    keys: { wrap: false, open: 'all' },
    signs: true,
  },
} satisfies Readonly<Record<string, Access>>;

/** Tasks that hold the secrets of sources: one role for each isolation group. */
export const groupAccess = {
  dump: ({ sources, secrets }: Group): Access => ({
    read: [...foundations, ...setsOf(sources), layout.results, layout.signers],
    create: sources.flatMap((source) => [
      `${layout.sets}${source}/*/manifest.json`,
      `${layout.sets}${source}/*/keys/`,
      layout.sourceData(source),
    ]),
    replace: [layout.results],
    leases: sources.map((source) => `source-${source}`),
    extendLocks: setsOf(sources),
    keys: { wrap: true, open: sources },
    secrets,
  }),
  restore: ({ sources, secrets }: Group): Access => ({
    read: [...foundations, ...setsOf(sources), layout.results, layout.signers],
    replace: [layout.results],
    keys: { wrap: false, open: sources },
    copies: 'read',
    secrets,
  }),
  drill: ({ sources, secrets }: Group): Access => ({
    read: [...foundations, ...setsOf(sources), layout.results, layout.signers],
    create: [...sources.map((source) => `${layout.sets}${source}/*/attestations/`), layout.signers],
    replace: [layout.results],
    keys: { wrap: false, open: sources },
    signs: true,
    copies: 'read',
    secrets,
  }),
} as const;

const setsOf = (sources: readonly string[]): string[] =>
  sources.flatMap((source) => [layout.sourceSets(source), layout.sourceData(source)]);

export type SharedRole = keyof typeof access;
export type GroupRole = keyof typeof groupAccess;
