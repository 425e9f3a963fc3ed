/** One server of a scratch cluster: started and ended by pg_ctl, as a production server is. */
import { join } from 'node:path';
import type { ScratchNode } from '../../../core/ports/rehearsal.ts';
import type { Installation } from '../installation.ts';
import { runTool } from '../run-tool.ts';
import type { ServerIdentity } from '../server-identity.ts';

/** What the programs of one scratch cluster share. */
export interface ScratchPlace {
  readonly installation: Installation;
  readonly identity: ServerIdentity;
  readonly folder: string;
  readonly password: string;
  readonly port: number;
  readonly mark: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The database of the load and of the epoch's row; what was restored lies beside it. */
export const loadDatabase = 'holdfast_drill';

export function scratchNode(place: ScratchPlace, name: string, address: string): ScratchNode {
  const { installation, identity, folder, port, password, mark } = place;
  const data = join(folder, name);
  const ctl = [join(installation.bin, 'pg_ctl'), '-D', data, '-w'];
  const flags = `-p ${port} -c listen_addresses=${address} -c unix_socket_directories=`;
  const marks = Object.entries(mark).map(([key, value]) => `${key}=${value}`);
  const target = `postgres://postgres:${password}@${address}:${port}/`;
  return {
    ...{ name, target, url: `${target}${loadDatabase}` },
    control: {
      stop: [...ctl, '-m', 'fast', '-t', '30', 'stop'],
      start: ['env', ...marks, ...ctl, '-l', join(folder, `${name}.log`), '-o', flags, 'start'],
      ...{ data, bin: installation.bin },
      ...(identity.uid === undefined ? {} : { user: 'postgres' }),
    },
  };
}

/** Throws ToolError with the program's own words. */
export async function runIn(
  { installation, identity, folder, password, signal }: ScratchPlace,
  [program = '', ...args]: readonly string[],
): Promise<void> {
  const file =
    program.includes('/') || program === 'env' ? program : join(installation.bin, program);
  const path = `${installation.bin}:/usr/bin:/bin`;
  const env = { HOME: folder, PATH: path, LC_ALL: 'C', PGPASSWORD: password };
  await runTool({ argv: [file, ...args], cwd: folder, env, ...identity }, { signal });
}
