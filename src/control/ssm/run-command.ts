/** One shell script on one instance, waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GetCommandInvocationResult, SSM } from '@aws-sdk/client-ssm';
import { ControlError } from '../../core/errors.ts';

export interface Instance {
  /** `i-…` or `mi-…`. */
  readonly instance: string;
  readonly region?: string | undefined;
}

export interface Script {
  readonly lines: readonly string[];
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface RunCommand {
  readonly place: string;
  /**
   * Its standard output, at most 24,000 characters. Rejects with ControlError CONTROL_UNREACHABLE,
   * CONTROL_TIMEOUT, CONTROL_FAILED (the script itself ended badly).
   */
  run(script: Script): Promise<string>;
}

export const document = 'AWS-RunShellScript';
/** SendCommand takes no less for the delivery. */
const deliverySeconds = 30;
const [firstPause, longestPause] = [150, 2000];

export function openRunCommand({ instance, region }: Instance): RunCommand {
  const place = `ssm ${instance}`;
  let opened: Promise<SSM> | undefined;
  return {
    place,
    async run(script) {
      opened ??= openClient(region);
      const client = await opened;
      try {
        const command = await send(client, instance, script);
        return outputOf(place, await untilEnded(client, { command, instance, script }));
      } catch (error) {
        throw failureOf(place, error, script);
      }
    },
  };
}

/** Loaded at the first call: the SDK takes longer to load than most commands to run. */
async function openClient(region: string | undefined): Promise<SSM> {
  const { SSM } = await import('@aws-sdk/client-ssm');
  return new SSM({ maxAttempts: 5, ...(region !== undefined && { region }) });
}

async function send(client: SSM, instance: string, script: Script): Promise<string> {
  const { lines, timeoutSeconds, signal } = script;
  const answer = await client.sendCommand(
    {
      DocumentName: document,
      InstanceIds: [instance],
      Parameters: { commands: [...lines], executionTimeout: [String(Math.ceil(timeoutSeconds))] },
      TimeoutSeconds: deliverySeconds,
      Comment: 'holdfast',
    },
    { abortSignal: signal },
  );
  return String(answer.Command?.CommandId);
}

interface Sent {
  readonly command: string;
  readonly instance: string;
  readonly script: Script;
}

const running = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];

async function untilEnded(client: SSM, sent: Sent): Promise<GetCommandInvocationResult> {
  const { command: CommandId, instance: InstanceId, script } = sent;
  const giveUpAt = performance.now() + (deliverySeconds + script.timeoutSeconds) * 1000;
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    try {
      await sleep(pause, undefined, { signal: script.signal });
      const seen = await client.getCommandInvocation({ CommandId, InstanceId });
      if (!running.includes(String(seen.Status))) return seen;
    } catch (error) {
      // The invocation appears a moment after the command.
      if ((error as Error).name !== 'InvocationDoesNotExist') {
        await client.cancelCommand({ CommandId }).catch(() => undefined);
        throw error;
      }
    }
    if (performance.now() > giveUpAt) {
      await client.cancelCommand({ CommandId }).catch(() => undefined);
      return { Status: 'TimedOut', StatusDetails: 'Execution Timed Out' };
    }
  }
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html: what each status means. */
function outputOf(place: string, ended: GetCommandInvocationResult): string {
  const { Status, StatusDetails = Status, StandardOutputContent = '' } = ended;
  if (Status === 'Success') return StandardOutputContent;
  if (StatusDetails === 'Execution Timed Out' || Status === 'Cancelled') {
    throw new ControlError(`a command at ${place} ended as ${StatusDetails}`, {
      code: 'CONTROL_TIMEOUT',
      hint: 'Look at that machine: the command may still have taken effect.',
    });
  }
  if (Status === 'Failed' && StatusDetails === 'Failed') {
    const words = ended.StandardErrorContent?.trim() ?? '';
    throw new ControlError(
      `a command at ${place} could not be run: ${words || 'no reason given'}`,
      {
        code: 'CONTROL_FAILED',
        hint: 'It needs a POSIX shell, gzip, base64 and openssl there.',
      },
    );
  }
  throw unreachable(place, String(StatusDetails));
}

function failureOf(place: string, error: unknown, { signal }: Script): unknown {
  if (error instanceof ControlError) return error;
  if (signal.aborted) {
    return new ControlError(`a command at ${place} was interrupted`, {
      code: 'CONTROL_TIMEOUT',
      hint: 'Look at that machine: the command may still have taken effect.',
      cause: error,
    });
  }
  const { name, message } = error as Error;
  return unreachable(place, `${name}: ${message}`, error);
}

const unreachable = (place: string, seen: string, cause?: unknown): ControlError =>
  new ControlError(`${place} cannot be reached: ${seen}`, {
    code: 'CONTROL_UNREACHABLE',
    hint: 'Is its agent online (`aws ssm describe-instance-information`), and may this role send it commands?',
    retryable: true,
    cause,
  });
