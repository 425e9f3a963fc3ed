/** Credentials of a role, as whoever it is meant for gets them. */
import type { Cloud } from '../lab.ts';

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * Roles trust services alone: what they may do is tried by letting the account's own root take them.
 * By the query protocol: two requests are no reason for two clients.
 */
export async function assumeRole(cloud: Cloud, role: string): Promise<RoleCredentials> {
  await trust(cloud, role, { AWS: `arn:aws:iam::${cloud.account}:root`, Service: tasks });
  const text = await ask(cloud, 'sts', {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: `arn:aws:iam::${cloud.account}:role/${role}`,
    RoleSessionName: 'test',
  });
  const field = (name: string): string =>
    String(new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1]);
  return {
    accessKeyId: field('AccessKeyId'),
    secretAccessKey: field('SecretAccessKey'),
    sessionToken: field('SessionToken'),
  };
}

/** Whose containers a role is for. */
export const tasks = 'ecs-tasks.amazonaws.com';

/** Who may take a role from now on: `{ Service: tasks }` for what is deployed. */
export async function trust(
  cloud: Cloud,
  role: string,
  Principal: Readonly<Record<string, string>>,
): Promise<void> {
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }];
  await ask(cloud, 'iam', {
    Action: 'UpdateAssumeRolePolicy',
    Version: '2010-05-08',
    RoleName: role,
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
}

/** The emulator takes any signature of a key that it knows. */
async function ask(
  cloud: Cloud,
  service: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const scope = `${cloud.client.credentials.accessKeyId}/20261121/${cloud.region}/${service}/aws4_request`;
  const answer = await fetch(cloud.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams(parameters),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${parameters['Action']} was refused: ${text}`);
  return text;
}
