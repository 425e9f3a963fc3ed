/** Tells scripted functions and tasks what to do at each call, and remembers that they called. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Json } from '../../src/core/canonical-json.ts';

/** What a function does when it is called. */
export type FunctionStep =
  | { readonly returns: Json }
  | { readonly throws: string; readonly message?: string }
  | { readonly sleepsSeconds: number };
/** What a task does: lines of shell. */
export interface TaskStep {
  readonly shell: string;
}
export type Step = FunctionStep | TaskStep;
export type Script = Readonly<Record<string, readonly Step[]>>;

export interface ScriptServer {
  readonly port: number;
  script(execution: string, script: Script): void;
  /** The events of an execution's calls so far, by actor. */
  calls(execution: string, actor: string): readonly Json[];
  close(): Promise<void>;
}

/** `POST /<execution>/<actor>` answers a function with JSON, `GET` a task with its shell. */
export async function startScriptServer(): Promise<ScriptServer> {
  const scripts = new Map<string, Script>();
  const called = new Map<string, Json[]>();
  const next = (execution: string, actor: string, event: Json): Step => {
    const key = `${execution}/${actor}`;
    const calls = called.get(key) ?? [];
    called.set(key, [...calls, event]);
    const steps = scripts.get(execution)?.[actor] ?? [];
    return steps[calls.length] ?? steps.at(-1) ?? { returns: null };
  };
  const server = createServer(async (request, response) => {
    const [, execution = '', actor = ''] = (request.url ?? '').split('/');
    const isTask = request.method === 'GET';
    const event = isTask ? null : (JSON.parse(await text(request)) as Json);
    const step = next(execution, actor, event);
    response.end(isTask ? shellOf(step) : JSON.stringify(step));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    script: (execution, script) => scripts.set(execution, script),
    calls: (execution, actor) => called.get(`${execution}/${actor}`) ?? [],
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const shellOf = (step: Step): string => ('shell' in step ? step.shell : 'exit 0');

/** Of a task: asks, by nothing but bash, and does as it is told. */
export const taskProgram = `
exec 3<>"/dev/tcp/127.0.0.1/$SCRIPTS_PORT"
printf 'GET /%s/%s HTTP/1.0\\r\\n\\r\\n' "$HOLDFAST_EXECUTION" "$HOLDFAST_VERB" >&3
told=$(sed '1,/^\\r$/d' <&3)
exec 3>&-
bash -c "$told" &
trap 'kill $!; exit 143' TERM
wait $!
exit $?
`;
