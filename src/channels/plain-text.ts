/** A message as text: for e-mail and SNS. */
import type { AlertMessage } from '../core/ports/channel.ts';

export function plainText(message: AlertMessage): string {
  const fields = Object.entries(message.fields).map(([name, value]) => `${name}: ${value}`);
  const facts = [`event: ${message.event}`, `at: ${message.at.toISOString()}`, ...fields];
  const command = message.command === '' ? '' : `Run next:\n  ${message.command}`;
  const { title, detail, impact, link = '' } = message;
  return [title, detail, impact, command, link, facts.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}
