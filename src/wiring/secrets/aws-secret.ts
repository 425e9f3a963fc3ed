/** `ssm:/path` and `secretsmanager:id#field`. The SDK loads only when one is used. */
import { SecretError } from '../../core/errors.ts';

/** Region and endpoint come from the AWS environment; an ARN brings its own Region. */
export async function readParameter(reference: string): Promise<string> {
  const name = reference.slice('ssm:'.length);
  const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm');
  const client = new SSMClient(regionOf(name));
  try {
    const command = new GetParameterCommand({ Name: name, WithDecryption: true });
    return (await client.send(command)).Parameter?.Value ?? '';
  } catch (error) {
    throw refused(reference, error);
  } finally {
    client.destroy();
  }
}

export async function readManagedSecret(reference: string): Promise<string> {
  const { id, field } = managedParts(reference);
  const sdk = await import('@aws-sdk/client-secrets-manager');
  const client = new sdk.SecretsManagerClient(regionOf(id));
  try {
    const answer = await client.send(new sdk.GetSecretValueCommand({ SecretId: id }));
    const text = answer.SecretString ?? Buffer.from(answer.SecretBinary ?? []).toString('utf8');
    return field === undefined ? text : fieldOf(text, field, reference);
  } catch (error) {
    throw error instanceof SecretError ? error : refused(reference, error);
  } finally {
    client.destroy();
  }
}

function managedParts(reference: string): { id: string; field?: string } {
  const [id = '', field] = reference.slice('secretsmanager:'.length).split('#');
  return field === undefined ? { id } : { id, field };
}

/** The names of the fields may be shown; what they hold may not. */
function fieldOf(text: string, field: string, reference: string): string {
  const fields = parseFields(text);
  const value = fields?.[field];
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const seen =
    fields === undefined ? 'it is not a JSON object' : `it has ${Object.keys(fields).join(', ')}`;
  throw new SecretError(`secret ${reference} has no field "${field}": ${seen}`, {
    code: 'SECRET_FIELD_MISSING',
    hint: 'Name one of its fields after "#", or leave "#field" out to take the whole text.',
  });
}

function parseFields(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function regionOf(id: string): { region?: string } {
  const region = id.startsWith('arn:') ? id.split(':')[3] : undefined;
  return region ? { region } : {};
}

const retryable = new Set(['ThrottlingException', 'InternalServiceError', 'TimeoutError']);

function refused(reference: string, error: unknown): SecretError {
  const { name, message } = error as Error;
  return new SecretError(`secret ${reference} not read: ${name}: ${message}`, {
    code: 'SECRET_UNREADABLE',
    hint: 'Check AWS_REGION, the credentials and ssm:GetParameter or secretsmanager:GetSecretValue.',
    retryable: retryable.has(name),
    cause: error,
  });
}
