/** The registry of channels: one line per kind. Known only to composition roots. */
import { type RegisteredChannel, register } from './channel-kind.ts';
import { email } from './email/email.ts';
import { pagerduty } from './pagerduty/pagerduty.ts';
import { slack } from './slack/slack.ts';
import { sns } from './sns/sns.ts';
import { webhook } from './webhook/webhook.ts';

export const channels: readonly RegisteredChannel[] = [
  register(slack),
  register(email),
  register(pagerduty),
  register(sns),
  register(webhook),
];
