/** A bucket that answers what a test says, for answers that no server here gives. */
import type { Destination } from '../../../src/core/config/schema.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import { openStore } from '../../../src/storage/index.ts';

export interface Answer {
  readonly status: number;
  /** The code of an error, as in AWS's documentation. */
  readonly code?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

export interface ScriptedRequest {
  readonly method: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

export interface ScriptedStore {
  readonly store: ObjectStore;
  readonly requests: readonly ScriptedRequest[];
}

/** The answers are given in turn, the last one again and again. */
export async function scriptedStore(
  answers: readonly Answer[],
  destination: Destination = { url: 's3://acme/backups', region: 'us-east-1' },
): Promise<ScriptedStore> {
  const requests: ScriptedRequest[] = [];
  const requestHandler = {
    handle: async (request: ScriptedRequest) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(request);
      return { response: responseOf(answer ?? { status: 200 }) };
    },
  };
  const s3 = {
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: requestHandler as never,
    maxAttempts: 1,
  };
  return { requests, store: await openStore(destination, { baseDir: '/', s3 }) };
}

function responseOf({ status, code, body, headers = {} }: Answer) {
  const error = `<Error><Code>${code}</Code><Message>the store's words</Message></Error>`;
  const text = body ?? (code === undefined ? '' : error);
  return { statusCode: status, headers, body: new TextEncoder().encode(text) };
}
