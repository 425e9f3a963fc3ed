/**
 * What a program said, however long: an invocation tells 24,000 characters, so that output is packed, and what
 * does not fit is fetched in pieces. The script keeps it in a folder that only root reads.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ControlError } from '../../core/errors.ts';
import type { CommandOutput } from '../../core/ports/control.ts';
import { quoted } from '../ssh.ts';
import type { RunCommand } from './run-command.ts';

/** Of the answer that an invocation keeps. */
const pieceCharacters = 23_000;
/** Of what a program said last, as on one machine. */
const longestOutput = 1 << 22;

interface Wish {
  /** Lines that have to succeed first. */
  readonly before: readonly string[];
  readonly command: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export async function readOutput(service: RunCommand, wish: Wish): Promise<CommandOutput> {
  const { before, command, ...limits } = wish;
  const answer = await service.run({ ...limits, lines: [...before, ...packing(command)] });
  const [head = '', first = ''] = answer.split('\n');
  const [status, folder = '', length = ''] = head.split(' ');
  const total = Number(length);
  if (!/^\d+$/.test(status ?? '') || !Number.isSafeInteger(total))
    throw garbled(service.place, head);
  let packed = first;
  while (packed.length < total) {
    const lines = [
      `tail -c +${packed.length + 1} ${quoted(folder)}/said | head -c ${pieceCharacters}`,
    ];
    const piece = (await service.run({ ...limits, lines })).trim();
    if (piece === '') throw garbled(service.place, 'less than it had announced');
    packed += piece;
  }
  if (total > pieceCharacters)
    await service.run({ ...limits, lines: [`rm -rf ${quoted(folder)}`] });
  return { status: Number(status), ...(await unpack(packed)) };
}

/** `<status> <folder> <length>`, then as much of it as fits. Standard output and error apart, packed as one. */
const packing = (command: string): string[] => [
  'umask 077',
  'cd /',
  'at=$(mktemp -d) || exit 1',
  `LC_ALL=C ${command} >"$at/out" 2>"$at/err"`,
  'status=$?',
  `{ tail -c ${longestOutput} "$at/out" | base64 -w 0; echo; tail -c 65536 "$at/err" | base64 -w 0; } >"$at/both"`,
  'gzip -9 -c "$at/both" | base64 -w 0 >"$at/said" || exit 1',
  'rm -f "$at/out" "$at/err" "$at/both"',
  'length=$(wc -c <"$at/said")',
  'echo "$status $at $((length))"',
  `head -c ${pieceCharacters} "$at/said"`,
  `if [ "$length" -le ${pieceCharacters} ]; then rm -rf "$at"; fi`,
];

async function unpack(packed: string): Promise<Pick<CommandOutput, 'stdout' | 'stderr'>> {
  const bytes = await promisify(gunzip)(Buffer.from(packed, 'base64'));
  const [out = '', error = ''] = bytes.toString('latin1').split('\n');
  const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
  return { stdout: text(out), stderr: text(error) };
}

const garbled = (place: string, seen: string): ControlError =>
  new ControlError(`the answer of ${place} is not understood: ${seen.slice(0, 200)}`, {
    code: 'CONTROL_FAILED',
    hint: 'It needs a POSIX shell, gzip, base64 and openssl there.',
  });
