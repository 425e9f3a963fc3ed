/** PostgreSQL's server refuses to run as root: then it runs as the system's `postgres` user. */
import { ToolError } from '../../core/errors.ts';
import { runTool } from './run-tool.ts';

/** Empty when this process may run a server as itself. */
export interface ServerIdentity {
  readonly uid?: number;
  readonly gid?: number;
}

export async function serverIdentity(): Promise<ServerIdentity> {
  if (process.getuid?.() !== 0) return {};
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch (cause) {
    throw new ToolError('a server cannot run as root and there is no user postgres', {
      code: 'SCRATCH_SERVER_FAILED',
      hint: 'useradd --system postgres, or run as another user than root',
      cause,
    });
  }
}

async function idOf(flag: '-u' | '-g'): Promise<number> {
  const { stdout } = await runTool({ argv: ['id', flag, 'postgres'] });
  return Number(stdout.trim());
}
