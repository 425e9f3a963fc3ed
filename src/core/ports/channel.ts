/** Where alerts go. A channel delivers one message; it never decides whether to. */
export interface AlertMessage {
  /** `backup.failed`, `backup.recovered`, … */
  readonly event: string;
  readonly status: 'firing' | 'escalated' | 'resolved' | 'info';
  /** Stable per problem: resolves what it opened. `[a-z0-9.-]+`, at most 200 characters. */
  readonly dedupKey: string;
  readonly severity: 'critical' | 'error' | 'warning' | 'info';
  /** One line: "Backup of orders failed". */
  readonly title: string;
  /** What happened, what was seen. */
  readonly detail: string;
  /** What it means: "RPO 1h: the newest verified backup is 3h old". */
  readonly impact: string;
  /** The command to run next, ready to paste. */
  readonly command: string;
  readonly source?: string;
  /** Where to look: the execution in the console. Deployed form only. */
  readonly link?: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly at: Date;
}

export interface Channel {
  readonly kind: string;
  /**
   * Resolves when the receiver took it. Rejects with ChannelError, `retryable` for 429/5xx/network,
   * never with a secret in the message.
   */
  send(message: AlertMessage, signal: AbortSignal): Promise<void>;
}
