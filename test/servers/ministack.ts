/** ministack: an AWS emulator. Installed once into `.cache`, pinned. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from './install.ts';
import { freePort, stop, untilReady } from './process.ts';
import type { S3Server } from './versitygw.ts';

const version = '1.5.33';
/** `docker` starts tasks, `cryptography` signs with asymmetric keys, `cbor2` is CloudWatch's encoding. */
const packages = [`ministack==${version}`, 'docker==7.2.0', 'cryptography==50.0.2', 'cbor2==6.2.1'];
const venv = resolve(import.meta.dirname, `../../.cache/ministack-${version}-tasks`);
const run = promisify(execFile);

export interface MinistackOptions {
  /** Checks IAM policies, as AWS does; the key `test` is the root's. */
  readonly auth?: boolean;
  /** A Python file that starts it, instead of its own program. */
  readonly program?: string;
  /** Where tasks of ECS run: the socket of Docker's API. None: they are only noted. */
  readonly dockerHost?: string;
  /** What the program reads beside. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startMinistack(options: MinistackOptions = {}): Promise<S3Server> {
  const [program, args] = await command(options.program);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-ministack-'));
  // A package.json above would say that the scripts it writes for functions are modules.
  await writeFile(join(folder, 'package.json'), '{}');
  const port = await freePort();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const child = spawn(program, args, {
    stdio: 'ignore',
    env: {
      // Functions run with the Node of this path.
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      // Else it writes beside the file that starts it.
      PYTHONDONTWRITEBYTECODE: '1',
      ...(options.dockerHost === undefined ? {} : { DOCKER_HOST: options.dockerHost }),
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      // Otherwise it listens on every interface, whatever BIND_HOST says.
      IOT_MTLS_ENABLED: '0',
      AUTH: String(options.auth ?? false),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      ...options.env,
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilReady(child, `${endpoint}/_ministack/health`);
  return {
    endpoint,
    credentials,
    async stop() {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function command(file: string | undefined): Promise<readonly [string, readonly string[]]> {
  const program = await install();
  return file === undefined ? [program, []] : [join(venv, 'bin/python'), [file]];
}

/** pip writes the program last, so that an interrupted installation is repeated. */
function install(): Promise<string> {
  return installOnce(join(venv, 'bin/ministack'), async () => {
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', ...packages]);
  });
}
