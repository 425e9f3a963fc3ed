/** What the roles of a template may do, and why a wildcard stands where one does. */
import type { Template } from './changes.ts';

export interface Permission {
  readonly role: string;
  readonly sid: string;
  readonly actions: readonly string[];
  /** As text: `arn:${AWS::Partition}:…`, `VaultKey.Arn`. */
  readonly resources: readonly string[];
  /** `kms:EncryptionContext:source = payroll`. */
  readonly conditions: readonly string[];
}

interface Statement {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

export function permissionsOf(template: Template): Permission[] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
    .flatMap(([id, { Properties }]) => {
      const role = String(Properties['RoleName'] ?? id);
      const policies = (Properties['Policies'] ?? []) as Policy[];
      return policies.flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.map((statement) => permission(role, statement)),
      );
    })
    .toSorted((a, b) => (a.role < b.role ? -1 : 1));
}

const permission = (role: string, statement: Statement): Permission => ({
  role,
  sid: statement.Sid ?? '',
  actions: [statement.Action].flat(),
  resources: [statement.Resource].flat().map(asText),
  conditions: Object.entries(statement.Condition ?? {}).flatMap(([operator, test]) =>
    Object.entries(test).map(
      ([key, value]) => `${key} ${words[operator] ?? operator} ${list(value)}`,
    ),
  ),
});

const words: Readonly<Record<string, string>> = {
  StringEquals: '=',
  ArnEquals: '=',
  ArnLike: 'like',
  'ForAllValues:StringEquals': 'only',
  Null: 'absent',
};

const list = (value: unknown): string => [value].flat().map(asText).join(', ');

function asText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { 'Fn::Sub': sub, 'Fn::GetAtt': attribute, Ref } = value as Record<string, unknown>;
  if (typeof sub === 'string') return sub;
  return Array.isArray(attribute) ? attribute.join('.') : String(Ref);
}

export interface Explanation {
  /** Of `<sid> <resource>`, or of an action. */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** Every wildcard that a role may have. One that none of these fits is a defect: a test says so. */
export const explanations: readonly Explanation[] = [
  {
    pattern: /^DeliverLogs \*$/,
    reason: 'log deliveries know no resources (step-functions/latest/dg/cw-logs.html)',
  },
  {
    pattern: /^Trace \*$/,
    reason: 'traces know no resources (xray/latest/devguide/security_iam_id-based-policy-examples)',
  },
  {
    pattern: /^LogInToRegistry \*$/,
    reason: 'the login of a registry knows no resources (AmazonECR/latest/userguide)',
  },
  {
    pattern: /^\S+ arn:[^*]+:s3:::[^*]+\/\*$/,
    reason: 'all objects under one prefix: which there will be nobody knows before',
  },
  {
    pattern:
      /^\S+ arn:[^*]+:s3:::[^*]+\/sets\/[^/]+\/\*\/(manifest\.json|keys\/\*|attestations\/\*)$/,
    reason: 'of every set: each run mints its own id',
  },
  {
    pattern: /^\S+ arn:[^*]+:s3:::[^*]+\/(sets|data)\/\*\/\*$/,
    reason: 'of every source: the group has more sources than a policy can name',
  },
  {
    pattern: /^(ReadSecrets|ReadParameters) arn:[^*]+:(secret:|parameter\/)[^*]+\/\*(-\?{6})?$/,
    reason: 'one folder of secrets: the group has more of them than a policy can name',
  },
  {
    pattern: /^HoldLeases arn:[^*]+:s3:::[^*]+\/leases\/(maintenance|source-)\*\/\*$/,
    reason: 'retention holds a lease of its own and looks at that of each source',
  },
  {
    pattern: /^(WrapForRecovery|WatchRecoveryKey) arn:[^*]+:kms:[^*]+:key\/\*$/,
    reason: 'the one key that bears the alias: its id is made in the recovery Region',
  },
  {
    pattern: /^OrderNobody arn:[^*]+:rds:[^*]+:db:holdfast-probe-\*$/,
    reason: 'instances that never exist: whether an order would be obeyed is heard without one',
  },
  {
    pattern: /^ReadSecurityGroups \*$/,
    reason: 'security groups are described without a resource (list_amazonec2.html)',
  },
  {
    pattern: /^SetDatabasesAside arn:[^*]+:rds:[^*]+:db:[^*]+-before-\*$/,
    reason: 'the old instance goes on under an identifier with the number of the run',
  },
  {
    pattern: /^FindDatabasesSetAside arn:[^*]+:rds:[^*]+:db:\*$/,
    reason: 'found by its tag: which run has set it aside nobody knows before',
  },
  {
    pattern: /^CreateReplicas arn:[^*]+:rds:[^*]+:(pg|og|subgrp):\*$/,
    reason: 'the parameters, options and network that the old instance had',
  },
  {
    pattern: /^InvokeFunctions \$\{\w+\.Arn\}:\*$/,
    reason: 'every version of one function: an execution calls those that it began with',
  },
  {
    pattern: /^RunTasks arn:[^*]+:task-definition\/[^*/]+:\*$/,
    reason: 'every revision of one task definition',
  },
  {
    pattern: /^(FollowTasks|TagTasks) arn:[^*]+:task\/[^*/]+\/\*$/,
    reason: 'tasks of the own cluster: they have no name before they run',
  },
  {
    pattern: /^(FollowExecutions|FollowMap) arn:[^*]+:execution:[^*/]+(\/\*)?:\*$/,
    reason: 'executions of one machine: they have no name before they start',
  },
  {
    pattern: /^WriteLogs arn:[^*]+:log-group:[^*]+:\*$/,
    reason: 'the streams of one log group',
  },
  {
    pattern: /^HoldClaims arn:[^*]+:s3:::[^*]+\/leases\/failover-[^*/]+\/\*$/,
    reason: 'the epochs of one cluster: each run claims the next number',
  },
  {
    pattern: /^FindLostVolumes arn:[^*]+:cluster-snapshot:\*$/,
    reason: 'what Aurora keeps of an old primary bears the time of the failover in its name',
  },
  {
    pattern: /^LookAtRuns arn:[^*]+:execution:[^*/]+:\*$/,
    reason: 'executions of one machine: they have no name before they start',
  },
  {
    pattern: /^FollowChanges arn:[^*]+:route53:::change\/\*$/,
    reason: 'a change has no name before it is made',
  },
  {
    pattern: /^FollowCommands \*$/,
    reason:
      'following a command knows no resources (service-authorization/latest/reference/list_awssystemsmanager)',
  },
  {
    pattern: /^AttachToNetwork \*$/,
    reason:
      'Lambda asks for its network interfaces without resources, and code of the function cannot (lambda/latest/dg/configuration-vpc)',
  },
  {
    pattern: /^ReadSecrets arn:[^*]+:secret:[^*]+-\?{6}$/,
    reason: 'Secrets Manager adds six characters of its own to a name',
  },
];

/** Wildcards of a permission, each with its reason, or without one. */
export function wildcardsOf(permission: Permission): { what: string; reason?: string }[] {
  const found = [
    ...permission.actions.filter((action) => action.includes('*')),
    ...permission.resources
      .filter((resource) => /[*?]/.test(resource))
      .map((resource) => `${permission.sid} ${resource}`),
  ];
  return found.map((what) => {
    const reason = explanations.find(({ pattern }) => pattern.test(what))?.reason;
    return { what, ...(reason !== undefined && { reason }) };
  });
}
