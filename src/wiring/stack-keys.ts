/** What `kms: stack` and `kms: recovery` mean: the keys that the deployed stacks make. */
import type { Config } from '../core/config/schema.ts';
import { reportError, SecretError } from '../core/errors.ts';

/** `recovery` is known by its alias: neither stack waits for what the other says of itself. */
export type StackKeyName = 'vault' | 'signing' | 'recovery';

export interface StackKeyOptions {
  /** Functions and tasks are given the ARNs by the template. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks the stack itself; absent where nobody may. */
  readonly ask?: ((name: StackKeyName) => Promise<string>) | undefined;
}

const words = { vault: 'stack', signing: 'stack', recovery: 'recovery' } as const;
const variables = {
  vault: 'HOLDFAST_VAULT_KEY_ARN',
  signing: 'HOLDFAST_SIGNING_KEY_ARN',
  recovery: 'HOLDFAST_RECOVERY_KEY_ARN',
} as const;

/** The ARN. Throws SecretError STACK_KEY_UNKNOWN: like a secret, it can be lost while others open. */
export async function stackKey(name: StackKeyName, options: StackKeyOptions): Promise<string> {
  const variable = variables[name];
  const given = options.environment[variable];
  if (given) return given;
  const hint = `export ${variable}=arn:aws:kms:…; \`holdfast keys\` names the keys that open what is stored.`;
  if (options.ask === undefined) {
    const seen = `${variable} is not set, and no stage says which stack to ask`;
    throw new SecretError(`kms: ${words[name]} is not known: ${seen}`, {
      code: 'STACK_KEY_UNKNOWN',
      hint,
    });
  }
  try {
    return await options.ask(name);
  } catch (cause) {
    const { message, retryable } = reportError(cause);
    throw new SecretError(`kms: ${words[name]} is not known: ${message}`, {
      code: 'STACK_KEY_UNKNOWN',
      hint,
      retryable,
      cause,
    });
  }
}

/**
 * The variables that a task of this machine needs, which cannot ask the stack. What nobody knows is left
 * out: the task says so, unless another key opens the vault.
 */
export async function stackKeyVariables(
  { encryption, signing }: Config['vault'],
  find: (name: StackKeyName) => Promise<string>,
): Promise<Record<string, string>> {
  const named = (word: string) => (entry: object) => 'kms' in entry && entry.kms === word;
  const { recipients = [] } = encryption;
  const needed = {
    vault: recipients.some(named('stack')),
    signing: signing !== undefined && named('stack')(signing),
    recovery: recipients.some(named('recovery')),
  };
  const found: Record<string, string> = {};
  for (const name of ['vault', 'signing', 'recovery'] as const) {
    const arn = needed[name] ? await find(name).catch(() => undefined) : undefined;
    if (arn !== undefined) found[variables[name]] = arn;
  }
  return found;
}
