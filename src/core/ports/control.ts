/** The way to a server's own machine, without an agent there: commands, started and stopped. */
export interface CommandOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunRequest {
  /** Never a shell string. Secrets go by `env` or `input`, never here. */
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface Control {
  /** Shown to people: `local`, `ssh db1`. */
  readonly place: string;
  /** The server's data directory there; absent: files cannot be touched. */
  readonly data: string | undefined;
  /** The file that the server reads its settings from, and writes them to; absent: not known. */
  readonly config: string | undefined;
  /** Where its programs lie; absent: on the PATH. */
  readonly bin: string | undefined;
  /**
   * Runs a program as the owner of the data directory. Rejects with ControlError: CONTROL_UNREACHABLE
   * (the machine does not answer), CONTROL_TIMEOUT. A status other than 0 is an answer, no error.
   */
  run(request: RunRequest): Promise<CommandOutput>;
  /** The configured commands. They resolve when the command ended, whatever its status. */
  stop(signal: AbortSignal): Promise<CommandOutput>;
  start(signal: AbortSignal): Promise<CommandOutput>;
}
