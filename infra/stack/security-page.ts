/** The part of docs/security.md that comes from the template: who may do what. */
import type { Template } from './changes.ts';
import { explanations, type Permission, permissionsOf, wildcardsOf } from './permissions.ts';

export const begin = '<!-- roles: npm run -s security writes what follows -->';
export const end = '<!-- roles end -->';

/** `page` with the part between the marks made anew. */
export function withRoles(page: string, template: Template): string {
  const [before, rest = ''] = page.split(begin);
  const [, after = ''] = rest.split(end);
  return `${before}${begin}\n\n${rolesOf(template)}\n${end}${after}`;
}

function rolesOf(template: Template): string {
  const permissions = permissionsOf(template);
  const byRole = Map.groupBy(permissions, ({ role }) => role);
  const roles = [...byRole].map(([role, own]) => section(role, own));
  return `${roles.join('\n')}\n### Why there are wildcards\n\n${wildcards(permissions)}`;
}

const section = (role: string, permissions: readonly Permission[]): string =>
  [
    `### \`${role}\``,
    '',
    '| May | On | Where |',
    '|---|---|---|',
    ...permissions.map(row),
    '',
  ].join('\n');

const row = ({ actions, resources, conditions }: Permission): string =>
  `| ${code(actions)} | ${code(resources.map(shortened))} | ${code(conditions.map(shortened))} |`;

const code = (texts: readonly string[]): string =>
  texts.map((text) => `\`${text.replaceAll('|', '\\|')}\``).join(', ');

/** What every ARN begins with says nothing. */
const shortened = (resource: string): string =>
  resource
    .replace(/^arn:\$\{AWS::Partition\}:/, '')
    .replace(/\$\{AWS::Region\}:\$\{AWS::AccountId\}:/, '')
    .replace(/^s3:::/, '');

function wildcards(permissions: readonly Permission[]): string {
  const used = new Set(permissions.flatMap(wildcardsOf).map(({ reason }) => reason));
  const rows = explanations
    .filter(({ reason }) => used.has(reason))
    .map(({ pattern, reason }) => `| \`${pattern.source.replaceAll('|', '\\|')}\` | ${reason} |`);
  return ['| Statement and resource | Why |', '|---|---|', ...rows, ''].join('\n');
}

export const recoveryBegin = '<!-- recovery: npm run -s security writes what follows -->';
export const recoveryEnd = '<!-- recovery end -->';

export interface TwoStacks {
  readonly first: Template;
  readonly there: Template;
}

/** `page` with what the two stacks of a deployment may do beside each other made anew. */
export function withRecoveryRoles(page: string, { first, there }: TwoStacks): string {
  const [before, rest = ''] = page.split(recoveryBegin);
  const [, after = ''] = rest.split(recoveryEnd);
  const own = permissionsOf(first);
  const renamed = permissionsOf(asFirst(there, first));
  const text = [
    table('Of the first stack alone', without(own, renamed)),
    table('Of the recovery stack alone', without(renamed, own)),
  ].join('\n');
  return `${before}${recoveryBegin}\n\n${text}\n${recoveryEnd}${after}`;
}

/** The names of the other stack, as they would be in the first. */
function asFirst(there: Template, first: Template): Template {
  const bucket = (template: Template, id: string) =>
    String(template.Resources[id]?.Properties['BucketName']);
  const text = ['LeasesBucket', 'VaultBucket']
    .map((id) => [bucket(there, id), bucket(first, id)] as const)
    .reduce((json, [from, to]) => json.replaceAll(from, to), JSON.stringify(there));
  return JSON.parse(text.replaceAll(/(holdfast[-/][a-z0-9-]+)-recovery\b/g, '$1')) as Template;
}

function without(some: readonly Permission[], others: readonly Permission[]): Permission[] {
  const known = new Set(others.map((permission) => JSON.stringify(permission)));
  return some.filter((permission) => !known.has(JSON.stringify(permission)));
}

const table = (title: string, permissions: readonly Permission[]): string =>
  [
    `### ${title}`,
    '',
    ...(permissions.length === 0
      ? ['Nothing.']
      : [
          '| Role | May | On | Where |',
          '|---|---|---|---|',
          ...permissions.map((permission) => `| \`${permission.role}\` ${row(permission)}`),
        ]),
    '',
  ].join('\n');
