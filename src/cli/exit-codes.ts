/** The one table of exit codes: docs/errors.md repeats it, and a test compares the two. */
export const exitTable = [
  { code: 0, name: 'good', meaning: 'Everything asked for was done.' },
  {
    code: 1,
    name: 'failed',
    meaning: 'Something failed; the message says what and what to do next.',
  },
  {
    code: 2,
    name: 'usage',
    meaning: 'The command line or the configuration is wrong; nothing was touched.',
  },
  { code: 3, name: 'partial', meaning: 'A backup was made, but less is in it than was asked for.' },
  { code: 10, name: 'no vault', meaning: 'There is no vault where the configuration points.' },
  { code: 11, name: 'held', meaning: 'Another process holds what is needed.' },
  {
    code: 12,
    name: 'wrong key',
    meaning: "None of the configured keys opens the vault's key check.",
  },
  {
    code: 13,
    name: 'integrity',
    meaning: 'A stored object is missing, cut, changed, swapped or not authentic.',
  },
  {
    code: 14,
    name: 'stale',
    meaning: 'A source has no backup as young as its objective asks (`status`).',
  },
  {
    code: 20,
    name: 'rolled back',
    meaning: 'A failover was undone before the promotion; the old primary was proved to write.',
  },
  {
    code: 21,
    name: 'refused',
    meaning: 'A failover was not begun: what it needs is not so. Nothing was changed.',
  },
  {
    code: 22,
    name: 'awaiting approval',
    meaning: 'A failover waits for a person, or waited in vain.',
  },
  {
    code: 23,
    name: 'exposed',
    meaning: 'A failover is done, and something after the cutover is not: the report says what.',
  },
  { code: 130, name: 'interrupted', meaning: 'A signal ended the work; leftovers were cleaned.' },
] as const;

/** Which of several outcomes a command ends with: the first of these that occurred. */
const gravest = [130, 2, 12, 13, 10, 11, 1, 23, 20, 21, 22, 14, 3];

export const worstExitCode = (codes: readonly number[]): number =>
  gravest.find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? 0;
