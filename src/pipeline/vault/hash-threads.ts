/** SHA-256 by threads of our own. WebCrypto copies what it hashes, and wipes the copy: a third more work. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { sha256 } from '../../core/checksum.ts';

export interface HashThreads {
  /** Takes the bytes over: they are gone afterwards where nobody shares their memory. */
  digest(bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends the threads; what they were still at never settles. */
  close(): Promise<void>;
}

/** Hashing less takes less time than handing it over. */
const worthwhileBytes = 1024 * 1024;

/** As text: a file of its own would have to be found from every bundle. Gives the memory back at once. */
const program = `
const { parentPort } = require('node:worker_threads');
const { hash } = require('node:crypto');
parentPort.on('message', (bytes) => {
  const digest = hash('sha256', bytes, 'buffer');
  bytes.buffer.transfer(0);
  parentPort.postMessage(digest);
});
`;

/** At most `count` threads, each started when there is something for it to do. */
export function openHashThreads(count: number): HashThreads {
  const limit = pLimit(count);
  const threads: Worker[] = [];
  const idle: Worker[] = [];
  let isClosed = false;
  const start = (): Worker => {
    const thread = new Worker(program, { eval: true });
    threads.push(thread);
    return thread;
  };
  const handOver = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    const thread = idle.pop() ?? start();
    const answer = once(thread, 'message');
    thread.postMessage(bytes, [bytes.buffer]);
    const [digest] = (await answer) as [Uint8Array];
    idle.push(thread);
    return digest;
  };
  return {
    async digest(bytes) {
      // Who comes after the end would start a thread that nobody ends.
      if (isClosed || bytes.length < worthwhileBytes) return sha256(bytes);
      return limit(() => handOver(ownMemory(bytes)));
    },
    async close() {
      isClosed = true;
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}
