/** A message as a small page that every mail client shows. */
import { escapeHtml } from '../../core/escape-html.ts';
import type { AlertMessage } from '../../core/ports/channel.ts';

const colours = { firing: '#b00020', escalated: '#b00020', resolved: '#1b7f3b', info: '#44546a' };

export function htmlText(message: AlertMessage): string {
  const facts = [
    ['event', message.event],
    ['at', message.at.toISOString()],
    ...Object.entries(message.fields),
  ];
  return [
    '<!doctype html><meta charset="utf-8"><div style="font:14px/1.5 sans-serif;max-width:640px">',
    `<h2 style="color:${colours[message.status]};margin:0 0 12px">${escapeHtml(message.title)}</h2>`,
    paragraph(message.detail),
    paragraph(message.impact),
    message.command === ''
      ? ''
      : `<p>Run next:</p><pre style="background:#f4f4f4;padding:8px">${escapeHtml(message.command)}</pre>`,
    message.link === undefined ? '' : `<p><a href="${escapeHtml(message.link)}">Execution</a></p>`,
    `<p style="color:#666;font-size:12px">${facts.map((pair) => escapeHtml(pair.join(': '))).join('<br>')}</p>`,
    '</div>',
  ].join('\n');
}

const paragraph = (text: string): string =>
  text === '' ? '' : `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`;
