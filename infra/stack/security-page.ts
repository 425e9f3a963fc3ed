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
