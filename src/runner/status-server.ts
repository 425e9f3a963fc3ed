/** `/health` and `/metrics`, on loopback only. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { UsageError } from '../core/errors.ts';
import type { HealthReport } from './health.ts';

export interface StatusServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly registry: Registry;
  readonly health: () => Promise<HealthReport>;
}

export interface StatusServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** @throws UsageError when the port is in use or not allowed */
export async function openStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', options, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  const listening = Promise.withResolvers<void>();
  server.once('listening', listening.resolve);
  server.once('error', (cause) => listening.reject(refused(options.port, cause)));
  server.listen(options.port, '127.0.0.1');
  await listening.promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

async function answer(
  url: string,
  { registry, health }: StatusServerOptions,
  response: ServerResponse,
): Promise<void> {
  const [path] = url.split('?');
  if (path === '/health') {
    const report = await health();
    response.writeHead(report.status === 'ok' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(report)}\n`);
    return;
  }
  if (path === '/metrics') {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType });
    response.end(text);
    return;
  }
  response.writeHead(404, { 'content-type': 'text/plain' });
  response.end('There are /health and /metrics.\n');
}

function refused(port: number, cause: NodeJS.ErrnoException): UsageError {
  const seen = cause.code === 'EADDRINUSE' ? 'it is in use' : cause.message;
  return new UsageError(`cannot listen on 127.0.0.1:${port}: ${seen}`, {
    code: 'SERVE_PORT',
    hint: 'Is another holdfast serve running? Otherwise choose another with --port.',
    cause,
  });
}
