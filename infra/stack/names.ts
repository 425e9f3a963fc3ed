/** Names and ARNs of what the stack makes. */
import { createHash } from 'node:crypto';
import { recoveryStage } from '../../src/core/config/stages.ts';

export type Sub = { readonly 'Fn::Sub': string };
export type Ref = { readonly Ref: string };
export type GetAtt = { readonly 'Fn::GetAtt': readonly [string, string] };
export type Value = string | Sub | Ref | GetAtt;

export const sub = (text: string): Sub => ({ 'Fn::Sub': text });
export const ref = (id: string): Ref => ({ Ref: id });
export const arnOf = (id: string): GetAtt => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** Of the key that the recovery stack of `stage` makes: infra/keys.yml. */
export const recoveryAlias = (stage: string): string => `holdfast-${recoveryStage(stage)}-vault`;

/** `my-group` → `MyGroup`. */
export const pascal = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** Logical ids have letters and digits alone: `a-b` and `ab` must stay two. */
export const idOf = (prefix: string, name: string): string =>
  /^[a-z0-9]+$/.test(name)
    ? `${prefix}${pascal(name)}`
    : `${prefix}${pascal(name)}${digest(name, 6)}`;

export const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
