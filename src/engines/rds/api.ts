/** The API of RDS in one Region. Each call is bounded, and says what was asked of whom when it fails. */
import type { RDS } from '@aws-sdk/client-rds';
import { serviceFailure } from './service-failure.ts';

export interface ApiPlace {
  readonly region: string;
  readonly endpoint?: string | undefined;
}

export interface Asked {
  /** For people: `DescribeDBInstances of orders-a`. */
  readonly action: string;
  /** Absent: 5 for what is asked, 30 for an order. For all attempts together. */
  readonly seconds?: number;
  readonly signal: AbortSignal;
}

export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

type Put<T> = (rds: RDS, options: CallOptions) => Promise<T>;

export interface RdsApi {
  /** For people. */
  readonly region: string;
  /**
   * Reads, and what may be repeated: throttling and lost answers are tried again within the time.
   * Rejects with FailoverError RDS_DENIED, RDS_NOT_FOUND, RDS_STATE, RDS_REFUSED, RDS_THROTTLED, RDS_UNREACHABLE.
   */
  ask<T>(asked: Asked, put: Put<T>): Promise<T>;
  /** Sent once: where its answer is lost, what became of it has to be read. Rejects as `ask`. */
  order<T>(asked: Asked, put: Put<T>): Promise<T>;
}

/** A Region that is dark costs this at each question, while nobody writes. */
const askSeconds = 5;
const orderSeconds = 30;
const readAttempts = 3;

/** A client for each place and way: connections are kept from one call to the next. */
const opened = new Map<string, RdsApi>();

export function openApi(place: ApiPlace): RdsApi {
  const key = `${place.region} ${place.endpoint ?? ''}`;
  const api = opened.get(key) ?? newApi(place);
  opened.set(key, api);
  return api;
}

function newApi(place: ApiPlace): RdsApi {
  const { region } = place;
  const by = (seconds: number, attempts: number) => {
    const client = once(() => newClient(place, { seconds, attempts }));
    return <T>(asked: Asked, put: Put<T>) =>
      bounded(region, { seconds, ...asked }, async (options) => put(await client(), options));
  };
  return { region, ask: by(askSeconds, readAttempts), order: by(orderSeconds, 1) };
}

interface Bounds {
  readonly seconds: number;
  readonly attempts: number;
}

async function newClient(place: ApiPlace, bounds: Bounds): Promise<RDS> {
  const { RDS } = await import('@aws-sdk/client-rds');
  return new RDS(clientSettings(place, bounds));
}

export const clientSettings = (
  { region, endpoint }: ApiPlace,
  { seconds, attempts }: Bounds = { seconds: askSeconds, attempts: readAttempts },
) => ({
  region,
  maxAttempts: attempts,
  ...(endpoint === undefined ? {} : { endpoint }),
  requestHandler: {
    connectionTimeout: 2000,
    requestTimeout: seconds * 1000,
    throwOnRequestTimeout: true,
  },
});

/** One call of any service, in `seconds`; rejects with what `serviceFailure` makes of its error. */
export async function bounded<T>(
  region: string,
  { action, seconds = askSeconds, signal }: Asked,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  try {
    return await call({
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(seconds * 1000))]),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw serviceFailure(`${action} (${region})`, error);
  }
}

/** Loaded at the first call: the SDK takes longer to load than most calls. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
