/** Begins a forced failover in a stack without a person: whoever tries twice begins it once. */
export async function startForced(cluster: string, epoch: number): Promise<string> {
  const { SFN } = await import('@aws-sdk/client-sfn');
  const client = new SFN({});
  const name = `automatic-${cluster}-${epoch}`;
  try {
    await client.startExecution({
      stateMachineArn: process.env['HOLDFAST_FAILOVER_MACHINE'],
      name,
      input: JSON.stringify({ cluster, mode: 'forced' }),
    });
    return name;
  } finally {
    client.destroy();
  }
}
