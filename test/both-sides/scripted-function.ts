/** A function of Lambda that does what the script says; the same text in this process and in a zip. */

interface Event {
  readonly execution: string;
  /** By default the function's own name. */
  readonly actor?: string;
}

interface FunctionSteps {
  readonly returns: unknown;
  readonly throws: string;
  readonly message: string;
  readonly sleepsSeconds: number;
}

/** A single function without imports: its source is what the emulator is given. */
export async function act(event: Event, actor: string, port: string): Promise<unknown> {
  const url = `http://127.0.0.1:${port}/${event.execution}/${event.actor ?? actor}`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
  const step = (await answer.json()) as Partial<FunctionSteps>;
  const { sleepsSeconds = 0 } = step;
  await new Promise((resolve) => setTimeout(resolve, sleepsSeconds * 1000));
  if (step.throws !== undefined) {
    const error = new Error(step.message ?? '');
    error.name = step.throws;
    throw error;
  }
  return step.returns ?? null;
}

/** `index.js` of a function on nodejs. */
export const functionSource = `${act.toString()}
exports.handler = (event) => act(event, process.env.ACTOR, process.env.SCRIPTS_PORT);
`;
