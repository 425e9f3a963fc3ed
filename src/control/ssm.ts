/**
 * A server on an instance of AWS Systems Manager, by Run Command: no port is open to it and no key lies here.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
 */
import type { CommandOutput, Control, RunRequest } from '../core/ports/control.ts';
import type { LocalOptions } from './local.ts';
import { quoted } from './ssh.ts';
import { handOver } from './ssm/hand-over.ts';
import { readOutput } from './ssm/output.ts';
import { type Instance, openRunCommand, type RunCommand } from './ssm/run-command.ts';

const commandSeconds = 120;

export function ssmControl({ user, ...options }: LocalOptions & Instance): Control {
  const service = openRunCommand(options);
  const prefix = user === undefined ? [] : ['runuser', '-u', user, '--'];
  const run = (request: RunRequest): Promise<CommandOutput> =>
    runOn(service, { ...request, argv: [...prefix, ...request.argv] });
  const command = ([program = '', ...args]: readonly string[], signal: AbortSignal) =>
    run({ argv: [program, ...args], timeoutSeconds: commandSeconds, signal });
  return {
    place: service.place,
    data: options.data,
    bin: options.bin,
    config: options.config,
    run,
    stop: (signal) => command(options.stop, signal),
    start: (signal) => command(options.start, signal),
  };
}

type Words = Omit<RunRequest, 'argv'> & { readonly argv: readonly string[] };

/** What is secret (`env`, `input`) is sealed first: parameters of a command stay readable for thirty days. */
async function runOn(service: RunCommand, request: Words): Promise<CommandOutput> {
  const { argv, timeoutSeconds, signal } = request;
  const limits = { timeoutSeconds, signal };
  const sealed = await handOver(service, request);
  const words = argv.map(quoted).join(' ');
  return readOutput(service, {
    before: sealed.open,
    command: `${sealed.enter}${words}`,
    ...limits,
  });
}
