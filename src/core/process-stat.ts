/** `/proc/<pid>/stat` (proc_pid_stat(5)). A pid comes back; a pid with its start time does not. */
export interface ProcessStat {
  readonly parent: number;
  readonly group: number;
  /** Clock ticks from boot to the process's start, as text: a name, not a figure. */
  readonly startTicks: string;
  /** It runs no more; only its exit status is left. */
  readonly ended: boolean;
}

/** The program's name stands in parentheses, and may itself hold blanks and parentheses. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: String(fields[19]),
    ended: /^[ZXx]/.test(String(fields[0])),
  };
}
