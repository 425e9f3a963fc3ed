/** The words of a failover's alerts. */
import type { Problem } from '../alerts/change.ts';

interface Run {
  readonly cluster: string;
  readonly execution: string;
}

const show = (cluster: string): string => `holdfast failover status ${cluster}`;

export const failoverStarted = ({ cluster, execution, mode }: Run & { mode: string }): Problem => ({
  event: 'failover.started',
  source: cluster,
  severity: 'warning',
  title: `Failover of ${cluster} began`,
  detail: `Mode ${mode}.`,
  impact: 'Clients may lose their connections',
  command: show(cluster),
  fields: { execution },
});

export const awaitingApproval = (
  run: Run & {
    readonly planHash: string;
    readonly from: string;
    readonly to: string;
    readonly expiresAt: string;
    /** That approves once. */
    readonly link?: string | undefined;
  },
): Problem => ({
  event: 'failover.awaiting-approval',
  source: run.cluster,
  severity: 'critical',
  title: `Failover of ${run.cluster} waits for an approval`,
  detail: `From ${run.from} to ${run.to}, plan ${run.planHash}; it is given up at ${run.expiresAt}.${run.link === undefined ? '' : ` Approve: ${run.link}`}`,
  impact: 'Nothing is changed yet',
  command: `holdfast failover approve ${run.cluster} ${run.planHash}`,
  fields: { execution: run.execution, plan: run.planHash },
});

const endings = {
  exposed: {
    event: 'failover.exposed',
    severity: 'critical',
    title: 'is done, and what is left stands alone',
    impact: 'The next failure has no replica, or something of the cutover is not proved',
  },
  'rolled-back': {
    event: 'failover.rolled-back',
    severity: 'error',
    title: 'was rolled back',
    impact: 'The old primary serves its clients again, proved by a write',
  },
  refused: {
    event: 'failover.failed',
    severity: 'error',
    title: 'was refused',
    impact: 'Nothing was changed',
  },
  failed: {
    event: 'failover.failed',
    severity: 'critical',
    title: 'stopped half way',
    impact: 'Clients may have no database that accepts their writes',
  },
} as const;

export const failoverEnded = (
  run: Run & { readonly outcome: keyof typeof endings; readonly detail: string },
): Problem => {
  const { title, ...ending } = endings[run.outcome];
  return {
    ...ending,
    source: run.cluster,
    title: `Failover of ${run.cluster} ${title}`,
    detail: run.detail,
    command: `holdfast failover report ${run.cluster}`,
    fields: { execution: run.execution },
  };
};

/** All that a failover may have raised. */
export const failoverEvents = [
  'failover.started',
  'failover.awaiting-approval',
  'failover.exposed',
  'failover.rolled-back',
  'failover.failed',
] as const;

export const failoverDrillFailed = ({
  cluster,
  execution,
  detail,
}: Run & { readonly detail: string }): Problem => ({
  event: 'drill.failed',
  source: cluster,
  part: 'failover',
  severity: 'error',
  title: `Failover drill of ${cluster} failed`,
  detail,
  impact: 'A failover is not proved to work, or to meet its objectives; production was not touched',
  command: `holdfast executions show ${execution}`,
  fields: { execution },
});

export const failoverNotReady = ({
  cluster,
  findings,
}: {
  readonly cluster: string;
  readonly findings: readonly string[];
}): Problem => ({
  event: 'failover.not-ready',
  source: cluster,
  severity: 'warning',
  title: `${cluster} is not ready for a failover`,
  detail: `${findings.join('; ') || 'An earlier run came to no end'}.`,
  impact: 'A planned failover would be refused',
  command: `holdfast failover check ${cluster}`,
  fields: {},
});

/** `run`: the execution that was begun, or why none was. */
export const primaryDown = ({
  cluster,
  seen,
  run,
}: {
  readonly cluster: string;
  readonly seen: string;
  readonly run: { readonly started: string } | { readonly manual: string };
}): Problem => ({
  event: 'failover.primary-down',
  source: cluster,
  severity: 'critical',
  title: `The primary of ${cluster} is down`,
  detail: `${seen}. ${'started' in run ? `A forced failover was begun: ${run.started}` : `No failover was begun: ${run.manual}`}.`,
  impact: 'Clients cannot write',
  command: 'started' in run ? show(cluster) : `holdfast failover plan ${cluster} --mode forced`,
  fields: {},
});
