/** A webhook receiver on loopback: what the on-call's phone would show. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedAlert {
  readonly event: string;
  readonly status: string;
  readonly title: string;
  readonly command: string;
  /** The signature was made with the shared secret over exactly these bytes. */
  readonly authentic: boolean;
}

export interface Receiver {
  readonly url: string;
  /** Takes what has arrived since the last call. */
  take(): ReceivedAlert[];
  close(): Promise<void>;
}

export async function startReceiver(secret: string): Promise<Receiver> {
  const alerts: ReceivedAlert[] = [];
  const server = createServer((request, response) => {
    read(request).then((body) => {
      alerts.push(parse(body, String(request.headers['holdfast-signature'] ?? ''), secret));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    take: () => alerts.splice(0),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string, header: string, secret: string): ReceivedAlert {
  const { event, status, title, command } = JSON.parse(body) as ReceivedAlert;
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest();
  const authentic =
    signature !== undefined && timingSafeEqual(expected, Buffer.from(signature, 'hex'));
  return { event, status, title, command, authentic };
}
