/** Isolation groups: the sources whose tasks share their roles, and the secrets that these may read. */
import { defaultIsolation } from '../../src/core/config/deployment.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { idOf, pascal } from './names.ts';

export interface Group {
  readonly name: string;
  readonly sources: readonly string[];
  /** References, `ssm:` and `secretsmanager:`, without the field. */
  readonly secrets: readonly string[];
}

export function groupsOf({ sources }: Config): Group[] {
  const names = Map.groupBy(
    Object.keys(sources),
    (name) => sources[name]?.deploy?.isolation ?? defaultIsolation,
  );
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, members]) => ({
      name,
      sources: members.toSorted(),
      secrets: secretsIn(members.map((member) => sources[member])),
    }));
}

/** Every reference to a secret anywhere in `value`, once. */
export function secretsIn(value: unknown): string[] {
  const found = new Set<string>();
  collect(value, found);
  return [...found].sort();
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (/^(ssm|secretsmanager):/.test(value)) found.add(String(value.split('#')[0]));
  } else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) collect(child, found);
  }
}

/** The tasks that know the secrets of sources: each group has a role for each. */
export const groupTasks = ['dump', 'restore', 'drill'] as const;
type GroupTask = (typeof groupTasks)[number];

export const groupRoleId = (task: GroupTask, group: string): string =>
  idOf(`${pascal(task)}TaskRole`, group);

/** The plan step names it in an override: see `HOLDFAST_TASK_ROLES`. */
export const groupRoleName = (stage: string, task: GroupTask, group: string): string =>
  `holdfast-${stage}-${task}-${group}`;
