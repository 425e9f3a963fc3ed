/**
 * Developer guide, "Transforming data with JSONata": an expression has no input of its own, so that
 * `$`, `$$` and a bare name mean nothing at its top level. Inside a path or a filter they do.
 */
import jsonata from 'jsonata';

/** What is wrong with the expression between `{%` and `%}`, or undefined. */
export function expressionFault(expression: string): string | undefined {
  try {
    const tree: object = jsonata(expression).ast();
    return faultOf(tree as Node);
  } catch (cause) {
    return cause instanceof Error ? cause.message : JSON.stringify(cause);
  }
}

/** A node of JSONata's own tree; its published type leaves out half of the fields. */
type Node = Readonly<Record<string, unknown>>;

const inputs: readonly unknown[] = ['', '$'];

function faultOf(node: Node): string | undefined {
  if (node['type'] === 'variable' && inputs.includes(node['value'])) {
    return 'a bare $ or $$ is JSONPath or JSONata input, which Step Functions does not have';
  }
  if (node['type'] === 'name') {
    return `${String(node['value'])} is no variable: write $states.input.${String(node['value'])}`;
  }
  for (const inner of sameInput(node)) {
    const fault = faultOf(inner);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const fields = [
  'lhs',
  'rhs',
  'condition',
  'then',
  'else',
  'expression',
  'expressions',
  'arguments',
  'body',
];

/** The nodes below that are evaluated with the same input: of a path, its first step alone. */
function sameInput(node: Node): Node[] {
  if (node['type'] === 'path') return (node['steps'] as Node[]).slice(0, 1);
  return fields
    .map((field) => node[field])
    .flat(3)
    .filter((inner): inner is Node => typeof inner === 'object' && inner !== null);
}
