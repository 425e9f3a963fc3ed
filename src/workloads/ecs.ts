/**
 * A service of ECS: its desired count.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
import type { ECSClient, Service } from '@aws-sdk/client-ecs';
import type { WorkloadConfig } from '../core/config/around.ts';
import { FailoverError } from '../core/errors.ts';
import type { Workload } from '../core/ports/workload.ts';

type EcsConfig = Extract<WorkloadConfig, { ecs: object }>['ecs'];
type Sdk = typeof import('@aws-sdk/client-ecs');

/** For all attempts of one call together. */
const callSeconds = 15;

export function ecsService(label: string, config: EcsConfig): Workload {
  const { cluster, service } = config;
  const ask = <T>(
    action: string,
    signal: AbortSignal,
    put: (client: ECSClient, sdk: Sdk, abortSignal: AbortSignal) => Promise<T>,
  ) => calling(config, { action: `${action} of ${label}`, signal }, put);
  return {
    label,
    async read(signal) {
      const { services = [], failures = [] } = await ask(
        'DescribeServices',
        signal,
        (client, sdk, abortSignal) =>
          client.send(new sdk.DescribeServicesCommand({ cluster, services: [service] }), {
            abortSignal,
          }),
      );
      const [found] = services;
      if (found?.status !== 'ACTIVE') throw missing(label, found, failures[0]?.reason);
      return { desired: found.desiredCount ?? 0, running: found.runningCount ?? 0 };
    },
    async scale(desiredCount, signal) {
      await ask('UpdateService', signal, (client, sdk, abortSignal) =>
        client.send(new sdk.UpdateServiceCommand({ cluster, service, desiredCount }), {
          abortSignal,
        }),
      );
    },
  };
}

interface Asked {
  readonly action: string;
  readonly signal: AbortSignal;
}

/** A client for each call: there are few of them, and no socket outlives one. */
async function calling<T>(
  { region, endpoint }: EcsConfig,
  { action, signal }: Asked,
  put: (client: ECSClient, sdk: Sdk, abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const sdk = await import('@aws-sdk/client-ecs');
  const client = new sdk.ECSClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 8000, throwOnRequestTimeout: true },
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(callSeconds * 1000)]);
  try {
    return await put(client, sdk, limit);
  } catch (error) {
    signal.throwIfAborted();
    throw failed(action, error);
  } finally {
    client.destroy();
  }
}

function failed(action: string, error: unknown): FailoverError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new FailoverError(`${action}: ${name}: ${message}`, {
    code: 'SCALE_FAILED',
    hint: 'Look at cluster, service and Region; the credentials need ecs:DescribeServices and ecs:UpdateService on it.',
    cause: error,
  });
}

const missing = (
  label: string,
  found: Service | undefined,
  reason: string | undefined,
): FailoverError =>
  new FailoverError(`${label} is ${found?.status ?? reason ?? 'not there'}`, {
    code: 'SCALE_FAILED',
    hint: 'Correct cluster, service and region in holdfast.yaml.',
  });
