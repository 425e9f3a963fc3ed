/**
 * Block Kit. Limits: https://docs.slack.dev/reference/block-kit/blocks/ (header 150, section text
 * 3000 characters); all blocks together must stay under about 13,200 (slackapi/bolt-js#2509).
 * Escaping: https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
import type { AlertMessage } from '../../core/ports/channel.ts';
import { oneLine, shorten } from '../shorten.ts';

export interface SlackPayload {
  /** What notifications show. */
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
}

const signs = { firing: '🔴', escalated: '🚨', resolved: '✅', info: 'ℹ️' } as const;

export function slackPayload(message: AlertMessage): SlackPayload {
  const title = oneLine(`${signs[message.status]} ${message.title}`);
  const fields = Object.entries(message.fields).map(([name, value]) => `${name}: ${value}`);
  const context = [message.event, message.severity, message.at.toISOString(), ...fields];
  return {
    text: escaped(`${title}: ${oneLine(message.impact || message.detail)}`, 2900),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shorten(title, 150), emoji: true } },
      ...section(escaped(message.detail, 2900)),
      ...section(escaped(message.impact, 1500)),
      ...section(message.command === '' ? '' : code(message.command)),
      ...section(message.link === undefined ? '' : `<${escapeMarkup(message.link)}|Execution>`),
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: escaped(oneLine(context.join(' · ')), 1500) }],
      },
    ],
  };
}

/** Slack refuses empty text. */
const section = (text: string) =>
  text === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text } }];

const code = (command: string): string =>
  `Run next:\n\`\`\`${escaped(command.replaceAll('```', "'''"), 1500)}\`\`\``;

const escapeMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Cut before it is escaped, so that no entity is cut in two. */
const escaped = (text: string, limit: number): string =>
  escapeMarkup(shorten(text, limit, (each) => escapeMarkup(each).length));
