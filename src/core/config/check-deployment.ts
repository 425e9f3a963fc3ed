/** Sizes that Fargate does not have, and a network that is told by half. */
import { checkBucketSources } from './bucket-source.ts';
import { taskSizeOf, taskSizes } from './deployment.ts';
import { type Finding, finding } from './finding.ts';
import { checkMounts } from './mount.ts';
import type { Path } from './place.ts';
import { recoveryCopy } from './recovery.ts';
import type { Config } from './schema.ts';

export function checkDeployment(config: Config): Finding[] {
  const { deploy, sources } = config;
  const all = checkSize(['deploy', 'tasks'], deploy.tasks);
  const own = Object.entries(sources).flatMap(([name, source]) =>
    source.deploy === undefined
      ? []
      : checkSize(['sources', name, 'deploy'], taskSizeOf(source.deploy, deploy)),
  );
  return [
    ...all,
    ...own,
    ...checkNetwork(deploy.network),
    ...checkMounts(sources),
    ...checkBucketSources(sources),
    ...checkRecovery(config),
  ];
}

function checkSize(
  path: Path,
  { cpu, memoryMiB }: { readonly cpu: number; readonly memoryMiB: number },
): Finding[] {
  const allowed = taskSizes[cpu];
  if (allowed === undefined || allowed.includes(memoryMiB)) return [];
  const range = `${allowed[0]} to ${allowed.at(-1)}, such as ${nearest(allowed, memoryMiB)}`;
  return [finding(path, `${memoryMiB} MiB with ${cpu} CPU units; allowed with these: ${range}`)];
}

const nearest = (allowed: readonly number[], wanted: number) =>
  allowed.find((size) => size >= wanted) ?? allowed.at(-1);

function checkNetwork(network: Config['deploy']['network']): Finding[] {
  const path = ['deploy', 'network'];
  const { subnets, securityGroups, publicIp, endpoints } = network;
  if (subnets === undefined) {
    return Object.entries({ securityGroups, publicIp })
      .filter(([, value]) => value !== undefined)
      .map(([key]) => finding([...path, key], 'only with `subnets` of your own', 'key'));
  }
  return [
    ...(securityGroups
      ? []
      : [finding(path, '`subnets` need `securityGroups`, and none is given')]),
    ...(endpoints
      ? [finding([...path, 'endpoints'], 'only in a network that the stack makes', 'key')]
      : []),
  ];
}

function checkRecovery({ deploy, vault }: Config): Finding[] {
  const path = ['deploy', 'recovery'];
  const { recovery } = deploy;
  if (recovery === undefined) return [];
  const { region } = recovery;
  if (deploy.standby !== undefined) {
    const stage = '`stages`, of the recovery stack alone: else nothing is backed up';
    return [finding(['deploy', 'standby'], `belongs under ${stage}`, 'key')];
  }
  if (region === vault.primary.region) {
    return [finding([...path, 'region'], `${region} is the Region of the vault; expected another`)];
  }
  if (recoveryCopy({ deploy, vault }) !== undefined) return [];
  const expected = `{ name: …, url: s3://…, region: ${region}, by: s3-replication }`;
  return [finding(path, `no copy lies in ${region}; expected under vault.copies: ${expected}`)];
}
