/** File systems that tasks of the deployed form mount: which, where, and what is wrong with them. */
import { type Finding, finding } from './finding.ts';
import type { SourceBase } from './source.ts';

export interface Mount {
  /** The same for sources that share it. */
  readonly key: string;
  readonly fileSystem: string;
  readonly accessPoint: string;
  /** Where it is in a task. */
  readonly directory: string;
}

export function mountOf(source: SourceBase | undefined): Mount | undefined {
  const efs = source?.deploy?.efs;
  if (efs === undefined) return undefined;
  const { fileSystem, accessPoint } = efs;
  const directory = (efs.mount ?? pathOf(source)).replace(/(?<=.)\/+$/, '');
  return { key: `${accessPoint}:${directory}`, fileSystem, accessPoint, directory };
}

const pathOf = (source: SourceBase | undefined): string =>
  (source as { readonly path?: string } | undefined)?.path ?? '';

/** What the image itself has there would be hidden. */
const ofTheImage =
  /^\/((bin|boot|dev|etc|lib|lib64|opt\/holdfast|proc|run|sbin|sys|tmp|usr)(\/|$)|(home|opt|var)$)/;

export function checkMounts(sources: Readonly<Record<string, SourceBase>>): Finding[] {
  return Object.entries(sources).flatMap(([name, source]) => {
    const mount = mountOf(source);
    const problem = mount && problemOf(mount, source);
    return problem === undefined ? [] : [finding(['sources', name, 'deploy', 'efs'], problem)];
  });
}

function problemOf({ directory }: Mount, source: SourceBase): string | undefined {
  if (source.engine !== 'files') return `only with engine: files, and this is ${source.engine}`;
  if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(directory)) {
    return `"${directory}" is no place for a mount; expected mount: /srv/shop, of letters, digits and . _ -`;
  }
  if (ofTheImage.test(directory)) {
    return `${directory} belongs to the image of the tasks; expected a mount such as /srv/shop or /mnt/shop`;
  }
  return `${pathOf(source)}/`.startsWith(`${directory}/`)
    ? undefined
    : `${pathOf(source)} is not in the mount ${directory}`;
}
