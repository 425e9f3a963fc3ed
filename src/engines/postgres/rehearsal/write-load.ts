/** A client that writes without pause and remembers what was confirmed: it tries one node after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { AcknowledgedWrite, WriteLoad } from '../../../core/ports/rehearsal.ts';

const connectMilliseconds = 250;
const answerMilliseconds = 500;
const pauseMilliseconds = 5;

/** `urls`: the application's, one for each node. The table `ledger` is there. */
export function startWriteLoad(urls: readonly string[]): WriteLoad {
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
      const client = clientOf(urls[turn % urls.length] ?? '');
      await client
        .connect()
        .then(() => write(client))
        .catch(() => sleep(pauseMilliseconds));
      client.end().catch(() => undefined);
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
