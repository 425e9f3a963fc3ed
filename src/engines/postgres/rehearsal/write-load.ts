/** A client that writes without pause and remembers what was confirmed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { AcknowledgedWrite, WriteLoad } from '../../../core/ports/rehearsal.ts';

const connectMilliseconds = 250;
const answerMilliseconds = 500;
const pauseMilliseconds = 5;

/** `urlOf` is asked before each connection, as a client asks its resolver. The table `ledger` is there. */
export function startWriteLoad(urlOf: (turn: number) => string | Promise<string>): WriteLoad {
  const acknowledged: AcknowledgedWrite[] = [];
  let running = true;
  let next = 1;
  const write = async (client: Client): Promise<void> => {
    while (running) {
      const id = next++;
      await client.query('insert into ledger (id) values ($1)', [id]);
      acknowledged.push({ id, at: performance.now() });
    }
  };
  const work = async (): Promise<void> => {
    for (let turn = 0; running; turn++) {
      await connected(urlOf(turn), write).catch(() => sleep(pauseMilliseconds));
    }
  };
  const done = work();
  return {
    acknowledged,
    async stop() {
      running = false;
      await done;
    },
  };
}

async function connected(
  url: string | Promise<string>,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  const client = clientOf(await url);
  try {
    await client.connect();
    await use(client);
  } finally {
    client.end().catch(() => undefined);
  }
}

function clientOf(connectionString: string): Client {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: connectMilliseconds,
    query_timeout: answerMilliseconds,
    application_name: 'drill',
  });
  client.on('error', () => undefined);
  return client;
}
