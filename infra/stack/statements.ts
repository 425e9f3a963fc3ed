/** Access as IAM statements. */
import { bucketLocation } from '../../src/core/bucket-location.ts';
import { recoveryCopy } from '../../src/core/config/recovery.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { layout } from '../../src/core/layout.ts';
import type { Access, Keys } from './access.ts';
import { secretsIn } from './groups.ts';
import { arnOf, recoveryAlias, sub, type Value } from './names.ts';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: Value | readonly Value[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export type Place = { readonly bucket: string; readonly prefix: string };

export function statementsOf(given: Access, config: Config, stage: string): Statement[] {
  const primary = placeOf(config.vault.primary.url);
  return [
    ...vaultStatements(given, primary),
    ...copyStatements(given.copies, config),
    ...leaseStatements(given.leases, config),
    ...keyStatements(given.keys, config),
    ...recoveryKeyStatements(given, config, stage),
    ...signingStatements(given.signs, config),
    ...statement('WatchKeys', ['kms:DescribeKey'], given.watchesKeys ? allKeys(config) : []),
    ...secretStatements([
      ...(given.secrets ?? []),
      ...(given.channels ? secretsIn(config.alerts.channels) : []),
    ]),
    ...(given.channels ? topicStatements(config) : []),
  ];
}

/** Beside what a role does, everybody reads the deployed configuration. */
function vaultStatements(given: Access, place: Place): Statement[] {
  const read = [layout.configs, ...(given.read ?? [])];
  return [
    bucketStatement('ListVault', place, given.remove !== undefined),
    objects('Read', reading, objectArns(place, read)),
    ...statement('Create', creating, objectArns(place, given.create)),
    ...statement('Replace', ['s3:PutObject'], objectArns(place, given.replace)),
    ...statement('ExtendLocks', ['s3:PutObjectRetention'], objectArns(place, given.extendLocks)),
    ...statement('Remove', removing, objectArns(place, given.remove)),
    ...statement('Thaw', ['s3:RestoreObject'], objectArns(place, given.thaws)),
  ];
}

const reading = ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectRetention'];
const creating = ['s3:PutObject', 's3:PutObjectRetention', 's3:AbortMultipartUpload'];
const removing = ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:AbortMultipartUpload'];

function bucketStatement(sid: string, place: Place, removes: boolean): Statement {
  const more = ['s3:ListBucketVersions', 's3:ListBucketMultipartUploads', 's3:GetBucketVersioning'];
  const actions = ['s3:ListBucket', ...(removes ? more : [])];
  return { ...objects(sid, actions, [arn(place.bucket)]) };
}

const objects = (
  sid: string,
  actions: readonly string[],
  resources: readonly Value[],
): Statement => ({
  Sid: sid,
  Effect: 'Allow',
  Action: actions,
  Resource: resources,
});

const statement = (sid: string, actions: readonly string[], resources: readonly Value[]) =>
  resources.length === 0 ? [] : [objects(sid, actions, resources)];

export const arn = (path: string): Value => sub(`arn:\${AWS::Partition}:s3:::${path}`);

/** What ends with `/` or `*` is a prefix, the rest one object. */
export const objectArns = ({ bucket, prefix }: Place, keys: readonly string[] = []): Value[] =>
  [...new Set(keys)].map((key) => arn(`${bucket}/${prefix}${key}${key.endsWith('/') ? '*' : ''}`));

export function placeOf(url: string): Place {
  return bucketLocation(url) ?? { bucket: '', prefix: '' };
}

const copiedPrefixes = [layout.vault, layout.keyChecks, layout.sets, layout.data, layout.signers];

function copyStatements(kind: Access['copies'], config: Config): Statement[] {
  if (kind === undefined) return [];
  const copies = config.vault.copies.filter(({ by }) => kind !== 'write' || by === 'holdfast');
  return copies.flatMap((copy) => {
    const place = placeOf(copy.url);
    const { name } = copy;
    // The stack over there retains its own; from here a set is held at most.
    const removes = kind === 'retain' && copy !== recoveryCopy(config);
    const sid = name.replaceAll('-', '');
    const writable = kind === 'write' ? copiedPrefixes : [`${layout.sets}*/*/attestations/`];
    return [
      bucketStatement(`List${sid}`, place, removes),
      objects(`Read${sid}`, reading, objectArns(place, [...copiedPrefixes, layout.results])),
      ...(kind === 'read' || kind === 'thaw'
        ? []
        : [objects(`Create${sid}`, creating, objectArns(place, writable))]),
      ...(kind === 'thaw'
        ? [objects(`Thaw${sid}`, ['s3:RestoreObject'], objectArns(place, [layout.data]))]
        : []),
      ...(removes
        ? [objects(`Remove${sid}`, removing, objectArns(place, [layout.sets, layout.data]))]
        : []),
    ];
  });
}

function leaseStatements(names: readonly string[] | undefined, { vault }: Config): Statement[] {
  if (names === undefined || vault.leases === undefined) return [];
  const place = placeOf(vault.leases.url);
  const keys = names.map((name) => layout.leases(name));
  return [
    objects(
      'ListLeases',
      ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketVersioning'],
      [arn(place.bucket)],
    ),
    objects(
      'HoldLeases',
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
      objectArns(place, keys),
    ),
  ];
}

/** The context tells the source: a role opens and makes the keys of its own alone. */
function keyStatements(keys: Keys | undefined, config: Config): Statement[] {
  if (keys === undefined) return [];
  const resources = keyArns(config);
  const wrapping = keys.wrap ? ['kms:GenerateDataKey', 'kms:Encrypt'] : [];
  const actions = ['kms:Decrypt', ...wrapping];
  const keyCheck = inContext('UseKeyCheck', actions, { purpose: 'key-check' });
  if (keys.open === 'key-check') return [{ ...keyCheck, Resource: resources }];
  const context = keys.open === 'all' ? { purpose: 'set-key' } : { source: keys.open };
  return [keyCheck, inContext('UseSetKeys', actions, context)].map((each) => ({
    ...each,
    Resource: resources,
  }));
}

const inContext = (
  sid: string,
  actions: readonly string[],
  context: Readonly<Record<string, string | readonly string[]>>,
): Omit<Statement, 'Resource'> => ({
  Sid: sid,
  Effect: 'Allow',
  Action: actions,
  Condition: {
    StringEquals: Object.fromEntries(
      Object.entries(context).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]),
    ),
  },
});

const keyArns = ({ vault, deploy }: Config): Value[] =>
  (vault.encryption.recipients ?? []).flatMap((recipient) =>
    'kms' in recipient && !isElsewhere(recipient.kms, deploy)
      ? [stackKey(recipient.kms, 'VaultKey')]
      : [],
  );

/** In the recovery Region, `recovery` is the stack's own key. */
const isElsewhere = (key: string, { recovery }: Config['deploy']): boolean =>
  key === 'recovery' && recovery !== undefined;

function allKeys(config: Config): Value[] {
  const { signing } = config.vault;
  const signs = signing && 'kms' in signing ? [stackKey(signing.kms, 'SigningKey')] : [];
  return [...keyArns(config), ...signs];
}

const stackKey = (key: string, id: string): Value => (key.startsWith('arn:') ? key : arnOf(id));

/**
 * The key of the recovery Region is named by its alias, and used to wrap alone: nothing here opens by it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
function recoveryKeyStatements(
  { keys, watchesKeys }: Access,
  { deploy }: Config,
  stage: string,
): Statement[] {
  if (deploy.recovery === undefined) return [];
  const inRegion = `arn:\${AWS::Partition}:kms:${deploy.recovery.region}:\${AWS::AccountId}:key/*`;
  const byAlias = { 'kms:RequestAlias': `alias/${recoveryAlias(stage)}` };
  const purposes = keys?.open === 'key-check' ? ['key-check'] : ['key-check', 'set-key'];
  const wrapping = { ...byAlias, 'kms:EncryptionContext:purpose': purposes };
  return [
    ...(keys?.wrap
      ? [
          {
            ...objects('WrapForRecovery', ['kms:GenerateDataKey', 'kms:Encrypt'], [sub(inRegion)]),
            Condition: { StringEquals: wrapping },
          },
        ]
      : []),
    ...(watchesKeys
      ? [
          {
            ...objects('WatchRecoveryKey', ['kms:DescribeKey'], [sub(inRegion)]),
            Condition: { StringEquals: byAlias },
          },
        ]
      : []),
  ];
}

function signingStatements(signs: boolean | undefined, { vault }: Config): Statement[] {
  if (signs !== true || vault.signing === undefined || !('kms' in vault.signing)) return [];
  const key = stackKey(vault.signing.kms, 'SigningKey');
  return [objects('Sign', ['kms:Sign', 'kms:GetPublicKey'], [key])];
}

function secretStatements(references: readonly string[]): Statement[] {
  const names = (scheme: string) =>
    [...new Set(references)].flatMap((each) =>
      each.startsWith(`${scheme}:`) ? [each.slice(scheme.length + 1)] : [],
    );
  return [
    ...statement(
      'ReadSecrets',
      ['secretsmanager:GetSecretValue'],
      names('secretsmanager').map(secretArn),
    ),
    ...statement('ReadParameters', ['ssm:GetParameter'], names('ssm').map(parameterArn)),
  ];
}

/** Secrets Manager adds six characters of its own to a name. */
const secretArn = (id: string): Value =>
  id.startsWith('arn:') ? id : regional('secretsmanager', `secret:${id}-??????`);
const parameterArn = (name: string): Value =>
  name.startsWith('arn:') ? name : regional('ssm', `parameter/${name.replace(/^\//, '')}`);

const regional = (service: string, resource: string): Value =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);

function topicStatements({ alerts }: Config): Statement[] {
  const topics = Object.values(alerts.channels).flatMap((channel) => {
    const { sns } = channel as { readonly sns?: string };
    return sns === undefined ? [] : [sns];
  });
  return statement('Publish', ['sns:Publish'], topics);
}
