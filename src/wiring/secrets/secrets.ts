/** Turns references (`env:`, `file:`, `ssm:`, `secretsmanager:`) into secrets, at the moment of use. */
import { SecretError } from '../../core/errors.ts';
import { readFileSecret } from './file-secret.ts';
import { createMasking } from './masking.ts';

export interface SecretsOptions {
  /** Directory of the configuration file: `file:` references are relative to it. */
  readonly baseDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told once for each file that others can read. */
  readonly warn: (line: string) => void;
}

export interface Secrets {
  /** Throws SecretError that names the reference, never the value. Found once per process. */
  resolve(reference: string): Promise<string>;
  /** `text` with everything resolved so far replaced by `[hidden]`. */
  mask(text: string): string;
}

export function createSecrets(options: SecretsOptions): Secrets {
  const found = new Map<string, Promise<string>>();
  const masking = createMasking();
  const resolve = (reference: string): Promise<string> => {
    const earlier = found.get(reference);
    if (earlier !== undefined) return earlier;
    const value = lookUp(reference, options).then((secret) => {
      masking.add(secret);
      return secret;
    });
    found.set(reference, value);
    value.catch(() => found.delete(reference));
    return value;
  };
  return { resolve, mask: masking.mask };
}

async function lookUp(reference: string, options: SecretsOptions): Promise<string> {
  const value = await secretAt(reference, options);
  if (value.trim() !== '') return value;
  throw new SecretError(`secret ${reference} is empty`, {
    code: 'SECRET_EMPTY',
    hint: 'Put the secret where the reference points.',
  });
}

async function secretAt(reference: string, options: SecretsOptions): Promise<string> {
  const scheme = reference.slice(0, reference.indexOf(':'));
  switch (scheme) {
    case 'env':
      return fromEnvironment(reference, options.environment);
    case 'file': {
      const { value, warning } = await readFileSecret(reference, options.baseDir);
      if (warning !== undefined) options.warn(warning);
      return value;
    }
    case 'ssm':
      return (await import('./aws-secret.ts')).readParameter(reference);
    case 'secretsmanager':
      return (await import('./aws-secret.ts')).readManagedSecret(reference);
    default:
      // The text may be the secret itself.
      throw new SecretError('secret not read: what is given is not a reference', {
        code: 'SECRET_NOT_A_REFERENCE',
        hint: 'Write env:NAME, file:/path, ssm:/path or secretsmanager:id#field.',
      });
  }
}

function fromEnvironment(reference: string, environment: SecretsOptions['environment']): string {
  const name = reference.slice('env:'.length);
  const value = environment[name];
  if (value !== undefined) return value;
  throw new SecretError(`secret ${reference} not found: ${name} is not set`, {
    code: 'SECRET_MISSING',
    hint: `Set it for this process: export ${name}=…`,
  });
}
