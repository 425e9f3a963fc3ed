/** Starts a state machine of the stack that this function is a part of. */
interface Start {
  /** The environment's name for the machine's ARN. */
  readonly machine: 'HOLDFAST_APPROVE_MACHINE' | 'HOLDFAST_FAILOVER_MACHINE';
  /** Whoever starts it twice by one name starts it once. */
  readonly name: string;
  readonly input: object;
}

export async function startMachine({ machine, name, input }: Start): Promise<void> {
  const { SFN } = await import('@aws-sdk/client-sfn');
  const client = new SFN({});
  try {
    const stateMachineArn = process.env[machine];
    await client.startExecution({ stateMachineArn, name, input: JSON.stringify(input) });
  } finally {
    client.destroy();
  }
}
