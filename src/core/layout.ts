/** Where everything lies in the vault; the map is docs/backup-format.md. */
import type { BackupId } from './backup-id.ts';

export const layout = {
  vault: 'vault.json',
  keyChecks: 'vault-keys/',
  keyCheck: (n: number) => `vault-keys/${n}.json`,
  sets: 'sets/',
  sourceSets: (source: string) => `sets/${source}/`,
  set: (source: string, id: BackupId) => `sets/${source}/${id}/`,
  manifest: (source: string, id: BackupId) => `sets/${source}/${id}/manifest.json`,
  keys: (source: string, id: BackupId) => `sets/${source}/${id}/keys/`,
  key: (source: string, id: BackupId, n: number) => `sets/${source}/${id}/keys/${n}.json`,
  attestations: (source: string, id: BackupId) => `sets/${source}/${id}/attestations/`,
  /** `time` is compact UTC with milliseconds: `20261121T020000123Z`. */
  attestation: (set: { source: string; id: BackupId }, time: string, kind: string) =>
    `sets/${set.source}/${set.id}/attestations/${time}-${kind}.json`,
  data: 'data/',
  sourceData: (source: string) => `data/${source}/`,
  setData: (source: string, id: BackupId) => `data/${source}/${id}/`,
  /** Part `n` (from 0) of a long stream. */
  object: (set: { source: string; id: BackupId }, stream: string, n: number) =>
    `data/${set.source}/${set.id}/${stream}.${n}`,
  allRuns: 'runs/',
  sourceRuns: (source: string) => `runs/${source}/`,
  runs: (source: string, policy: string) => `runs/${source}/${policy}/`,
  run: (source: string, policy: string, scheduledTime: string) =>
    `runs/${source}/${policy}/${scheduledTime}`,
  /** What a task of an execution tells the next state; rewritten by a repeated step. */
  result: (execution: string, step: string) => `results/${execution}/${step}.json`,
  results: 'results/',
  /** Since when no result is older than what is kept of them. */
  resultsForgotten: 'results/forgotten',
  leases: (name: string) => `leases/${name}/`,
  /** Tokens are zero-padded to 12 digits, so that keys sort as numbers do. */
  lease: (name: string, token: number) => `leases/${name}/${String(token).padStart(12, '0')}.json`,
  signers: 'signers/',
  signer: (id: string) => `signers/${id}.pem`,
  alerts: 'state/alerts/',
  alert: (dedupKey: string) => `state/alerts/${dedupKey}.json`,
  /** Since when each source is known to the dead-man check. */
  health: 'state/health.json',
  /** Deployed configurations, each by its own hash. */
  configs: 'config/',
  config: (sha256: string) => `config/${sha256}.json`,
  /** What each step of a failover saw and did; `epoch` is the token of its lease. */
  failoverStep: (cluster: string, epoch: number, step: string) =>
    `state/failover/${cluster}/${epoch}/${step}.json`,
  failoverRecords: (cluster: string) => `state/failover/${cluster}/`,
  failoverSteps: (cluster: string, epoch: number) => `state/failover/${cluster}/${epoch}/`,
  /** Failovers and their drills. */
  allReports: 'reports/',
  reports: (cluster: string) => `reports/${cluster}/`,
  report: (cluster: string, epoch: number, kind: 'json' | 'md' | 'html') =>
    `reports/${cluster}/${String(epoch).padStart(12, '0')}.${kind}`,
  /** `time` is compact UTC with milliseconds, as in an attestation's name. */
  drillReports: (cluster: string) => `reports/${cluster}/drills/`,
  drillReport: (cluster: string, time: string, kind: 'json' | 'md') =>
    `reports/${cluster}/drills/${time}.${kind}`,
  probe: (random: string) => `state/probe/${random}`,
} as const;
