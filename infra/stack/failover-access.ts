/**
 * Who may do what in a failover, step by step, as access.ts says it of the rest. Records and claims of runs lie in
 * the vault's bucket and in that of the leases; nobody here reads a backup, and nobody deletes anything.
 */
import type { FailoverFunction } from '../../src/core/contracts/machines.ts';
import { layout } from '../../src/core/layout.ts';
import type { Access } from './access.ts';

export interface StepAccess {
  /** Tells people: by the channels, remembering in the vault what is open. */
  readonly tells?: boolean;
  readonly reports?: boolean;
  /** Names in DNS: looked at, or changed too. */
  readonly names?: 'read' | 'change';
  /** Services beside the database: looked at, or those under these steps scaled. */
  readonly scales?: 'nothing' | 'freeze' | 'activate';
  /** Runs commands on the nodes' instances. */
  readonly commands?: boolean;
  /**
   * Aurora: reads who the writer is; asks besides whether it might promote, or promotes, or finds the volumes that
   * Aurora kept.
   */
  readonly globalDatabase?: 'look' | 'ask' | 'promote' | 'find-volumes';
  /** Instances of RDS: asked about; proved to obey; or ordered. */
  readonly databases?: 'ask' | 'prove' | 'fence' | 'unfence' | 'promote' | 'rebuild';
  /** Leaves no record, and claims nothing. */
  readonly onlyLooks?: boolean;
  /** Knows no secret of a node. */
  readonly apart?: boolean;
  readonly claimsNothing?: boolean;
  /** Starts the machine that answers. */
  readonly approves?: boolean;
  /** Starts the machine of failovers. */
  readonly begins?: boolean;
  /** Asks Step Functions whether the run that holds the claim still lives. */
  readonly looksAtRuns?: boolean;
}

const look: StepAccess = {
  names: 'read',
  commands: true,
  scales: 'nothing',
  globalDatabase: 'ask',
  databases: 'prove',
};
/** Looks, and tells people; what it finds is nobody's record. */
const scheduled: StepAccess = { names: 'read', tells: true, onlyLooks: true, looksAtRuns: true };
const sees = { globalDatabase: 'look', databases: 'ask' } as const;

export const stepAccess: Readonly<Record<FailoverFunction, StepAccess>> = {
  lease: { tells: true, looksAtRuns: true },
  preflight: look,
  assess: { names: 'read', ...sees },
  'ask-approval': { tells: true },
  freeze: { names: 'read', scales: 'freeze', ...sees },
  fence: { commands: true, ...sees, databases: 'fence' },
  'catch-up': sees,
  promote: { globalDatabase: 'promote', databases: 'promote' },
  reconcile: sees,
  verify: { globalDatabase: 'look' },
  'cut-over': { names: 'change' },
  propagate: { names: 'read' },
  activate: { scales: 'activate' },
  smoke: {},
  rebuild: { commands: true, globalDatabase: 'find-volumes', databases: 'rebuild' },
  'roll-back': { commands: true, scales: 'freeze', ...sees, databases: 'unfence' },
  report: { tells: true, reports: true },
  look: { ...look, onlyLooks: true },
  'find-approval': { apart: true, onlyLooks: true },
  'approval-link': { apart: true, claimsNothing: true, approves: true },
  check: { ...scheduled, ...look },
  watch: { ...scheduled, ...sees, begins: true },
};

/** In the vault's own prefixes; `clusters` are names, `secrets` references. */
export function vaultAccess(
  { tells, reports, apart, approves, onlyLooks }: StepAccess,
  {
    clusters,
    secrets,
  }: { readonly clusters: readonly string[]; readonly secrets: readonly string[] },
): Access {
  const records = clusters.map((name) => layout.failoverRecords(name));
  const pages = reports ? clusters.map((name) => layout.reports(name)) : [];
  return {
    read: [layout.vault, ...records, ...(tells ? [layout.alerts] : []), ...pages],
    replace: [...(onlyLooks ? [] : records), ...(tells ? [layout.alerts] : [])],
    create: pages,
    channels: tells ?? false,
    secrets: apart && !approves ? [] : secrets,
  };
}
