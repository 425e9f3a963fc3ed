/**
 * AWS on this machine: ministack for the services, podman for the containers of ECS. Everything lies in
 * one temporary folder and ends with `stop()`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startMinistack } from '../servers/ministack.ts';
import { imageStorage } from './lab/images.ts';
import { startPodman } from './lab/podman.ts';

export interface CloudOptions {
  /** Checks IAM policies, as AWS does; the key `test` is the root's. */
  readonly auth?: boolean;
  /** How long credentials of a task are good; an hour when absent. */
  readonly taskCredentialSeconds?: number;
}

export interface Cloud {
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly account: string;
  /** What AWS's SDKs and the `holdfast` program need to find it, as root. */
  readonly env: Readonly<Record<string, string>>;
  /** For SDK clients made here: `new S3Client(cloud.client)`. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** What tasks mount by an access point of EFS: a folder of this machine, made by who uses it. */
  accessPoint(fileSystem: string, id: string): string;
  /** Runs `podman …` among this cloud's containers. */
  podman(...args: readonly string[]): Promise<string>;
  /** What a container has written, to either output. */
  logs(container: string): Promise<string>;
  stop(): Promise<void>;
}

const program = resolve(import.meta.dirname, 'lab/emulator.py');
const region = 'us-east-1';

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const { auth = false, taskCredentialSeconds = 3600 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-cloud-'));
  const podman = await startPodman(join(folder, 'podman'), await imageStorage());
  const remove = async () => {
    await podman.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const fileSystems = join(folder, 'efs');
  const env = {
    TASK_CREDENTIAL_SECONDS: String(taskCredentialSeconds),
    LAB_EFS: fileSystems,
  };
  const given = { auth, program, dockerHost: podman.socket, env };
  const server = await startMinistack(given).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const { endpoint, credentials } = server;
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    region,
    account: '000000000000',
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
    },
    client: { endpoint, region, credentials },
    accessPoint: (fileSystem, id) => join(fileSystems, fileSystem, id),
    podman: podman.run,
    logs: podman.logs,
    async stop() {
      await server.stop();
      await remove();
    },
  };
}

/** The same emulator, asked for another Region. */
export const inRegion = (cloud: Cloud, region: string): Cloud => ({
  ...cloud,
  region,
  env: { ...cloud.env, AWS_REGION: region },
  client: { ...cloud.client, region },
});

export { baseImage, makeBaseImage, makeTaskImages, type TaskImage } from './lab/images.ts';
