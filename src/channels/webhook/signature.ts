/** `Holdfast-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`: docs/alerts.md tells receivers. */
import { createHmac } from 'node:crypto';

export function signatureHeader(body: string, secret: string, now: Date): string {
  const time = Math.floor(now.getTime() / 1000);
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return `t=${time},v1=${signature}`;
}
