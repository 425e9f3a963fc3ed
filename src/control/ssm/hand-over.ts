/**
 * A secret on its way to an instance: parameters of a command can be read in its history, so the instance makes
 * a key pair for one use, and what is sent is sealed for it. Needs `openssl` there.
 */
import { constants, createCipheriv, pbkdf2Sync, publicEncrypt, randomBytes } from 'node:crypto';
import { UsageError } from '../../core/errors.ts';
import type { RunRequest } from '../../core/ports/control.ts';
import { quoted } from '../ssh.ts';
import type { RunCommand } from './run-command.ts';

export interface Sealed {
  /** Lines of the script that open it. */
  readonly open: readonly string[];
  /** What stands before the command. */
  readonly enter: string;
}

type Secrets = Pick<RunRequest, 'env' | 'input' | 'timeoutSeconds' | 'signal'>;

export async function handOver(service: RunCommand, request: Secrets): Promise<Sealed> {
  const { env = {}, input, timeoutSeconds, signal } = request;
  if (Object.keys(env).length === 0 && input === undefined) return { open: [], enter: '' };
  const answer = await service.run({ lines: makeKeyPair, timeoutSeconds, signal });
  const [folder = '', ...pem] = answer.trim().split('\n');
  const pass = randomBytes(32).toString('hex');
  const place = quoted(folder);
  return {
    open: [
      `key=${place}`,
      `echo ${quoted(sealKey(pass, pem.join('\n')))} | base64 -d | openssl pkeyutl -decrypt -inkey "$key/pair" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -out "$key/pass" || exit 1`,
      ...pour('env', exports(env), pass),
      ...pour('input', input ?? '', pass),
      '. "$key/env"',
      'exec 3<"$key/input" || exit 1',
      'rm -rf "$key"',
    ],
    enter: '<&3 ',
  };
}

const makeKeyPair = [
  'umask 077',
  'at=$(mktemp -d) && openssl genrsa -out "$at/pair" 2048 2>/dev/null || exit 1',
  'echo "$at"',
  'openssl rsa -in "$at/pair" -pubout 2>/dev/null',
];

const pour = (name: string, text: string, pass: string): string[] => [
  `echo ${quoted(seal(text, pass))} | base64 -d | openssl enc -d -aes-256-cbc -pbkdf2 -pass file:"$key/pass" -out "$key/${name}" || exit 1`,
];

function exports(env: NonNullable<Secrets['env']>): string {
  const unfit = Object.keys(env).find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (unfit === undefined) {
    return Object.entries(env)
      .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
      .join('');
  }
  throw new UsageError(`the variable ${unfit} cannot be handed to another machine`, {
    code: 'CONTROL_VARIABLE',
    hint: 'Its value must be one line.',
  });
}

const sealKey = (pass: string, pem: string): string =>
  publicEncrypt(
    { key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(pass),
  ).toString('base64');

/** As `openssl enc -aes-256-cbc -pbkdf2` writes it: https://docs.openssl.org/3.0/man1/openssl-enc/ */
function seal(text: string, pass: string): string {
  const salt = randomBytes(8);
  const derived = pbkdf2Sync(pass, salt, 10_000, 48, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', derived.subarray(0, 32), derived.subarray(32));
  const parts = [Buffer.from('Salted__'), salt, cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat(parts).toString('base64');
}
