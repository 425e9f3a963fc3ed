/** From which node to which: a decision that names what it rests on, and never a guess. */
import type { NodeState } from '../ports/failover-engine.ts';
import { estimateLoss, type LossEstimate } from './loss.ts';
import type { PlanRequest, Refusal } from './plan.ts';
import { namedNode, primaries, reachableNodes, type SeenNode, type World } from './world.ts';

export interface Chosen {
  readonly from: string;
  readonly to: string;
  readonly loss: LossEstimate;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

const unknownLoss: LossEstimate = { bytes: null, seconds: null, text: 'not known' };

export function chooseNodes(world: World, request: PlanRequest): Chosen {
  const source = chooseSource(world, request);
  const target = chooseTarget(world, source.node, request);
  const names = nameFindings(world, source.node);
  const refusals = [
    ...managers(world),
    ...source.refusals,
    ...target.refusals,
    ...(request.mode === 'planned' ? names.map((text) => ({ code: 'NAME_ELSEWHERE', text })) : []),
  ];
  const warnings = [...(request.mode === 'forced' ? names : []), ...clockWarnings(world)];
  const chosen = { from: source.node, to: target.node, refusals, warnings };
  if (target.state === undefined) return { ...chosen, loss: unknownLoss };
  const sides = { ...request, at: world.at, primary: source.state, replica: target.state };
  return { ...chosen, loss: estimateLoss(sides) };
}

interface Choice {
  readonly node: string;
  readonly state?: NodeState | undefined;
  readonly refusals: readonly Refusal[];
}

/** The one that accepts writes; where none answers, the one that the names lead to. */
function chooseSource(world: World, { mode, config, to }: PlanRequest): Choice {
  const [first, second] = primaries(world);
  if (first !== undefined && second !== undefined) {
    const text = `${first.node} and ${second.node} both accept writes`;
    return { ...first, refusals: [{ code: 'TWO_PRIMARIES', text }] };
  }
  if (first !== undefined) return { ...first, refusals: [] };
  const node = namedNode(world) ?? Object.keys(config.nodes).find((name) => name !== to) ?? '';
  if (mode === 'forced') return { node, refusals: [] };
  const text = 'no node answers as primary; where it is gone, the mode is forced';
  return { node, refusals: [{ code: 'PRIMARY_MISSING', text }] };
}

function chooseTarget(world: World, source: string, request: PlanRequest): Choice {
  const candidates = reachableNodes(world).filter(({ node }) => node !== source);
  const wanted = request.to;
  const [best] = [...candidates].sort((a, b) => further(a, b, request));
  const found = wanted === undefined ? best : candidates.find(({ node }) => node === wanted);
  if (found === undefined)
    return { node: wanted ?? '', refusals: [noTarget(world, source, wanted)] };
  return { ...found, refusals: unfit(found, world, source, request) };
}

const further = (a: SeenNode, b: SeenNode, { distanceBytes }: PlanRequest): number =>
  distanceBytes(reachOf(a), reachOf(b)) ?? 0;

const reachOf = ({ state }: SeenNode): string => state.received ?? state.position;

function noTarget({ nodes }: World, source: string, wanted: string | undefined): Refusal {
  if (wanted === source)
    return { code: 'TARGET_IS_PRIMARY', text: `${source} is the primary already` };
  const silent = nodes.find((seen) => seen.node === wanted);
  const seen = silent && !silent.reachable ? `: ${silent.seen}` : '';
  const text = wanted === undefined ? 'no replica answers' : `${wanted} does not answer${seen}`;
  return { code: 'TARGET_MISSING', text };
}

function unfit(
  { node, state }: SeenNode,
  world: World,
  source: string,
  request: PlanRequest,
): Refusal[] {
  const primary = primaries(world).find((seen) => seen.node === source);
  const refuse = (code: string, text: string): Refusal => ({ code, text: `${node} ${text}` });
  const refusals: (Refusal | false)[] = [
    state.role !== 'replica' && refuse('TARGET_NOT_REPLICA', 'is no replica'),
    primary !== undefined &&
      primary.state.identity !== state.identity &&
      refuse(
        'TARGET_FOREIGN',
        `is of another cluster: ${state.identity}, not ${primary.state.identity}`,
      ),
    state.received === null && refuse('POSITION_UNKNOWN', 'does not say what it received'),
    request.mode === 'planned' &&
      !state.streaming &&
      refuse('TARGET_NOT_STREAMING', `does not stream from ${source}`),
    request.mode === 'planned' &&
      state.replayPaused &&
      refuse('REPLAY_PAUSED', 'has its replay paused'),
  ];
  return refusals.filter((each) => each !== false);
}

/** It would promote another one meanwhile, or make a replica of the new primary: no mode survives that. */
function managers(world: World): Refusal[] {
  return reachableNodes(world).flatMap(({ node, state: { managedBy } }) =>
    managedBy === null
      ? []
      : [
          {
            code: 'MANAGED_ELSEWHERE',
            text: `${node} is managed by ${managedBy}: stop that first`,
          },
        ],
  );
}

/** A name that leads elsewhere would not be changed in the end: a planned run does not begin. */
function nameFindings({ names }: World, source: string): string[] {
  return names
    .filter(({ node }) => node !== source)
    .map(
      ({ label, node, state }) =>
        `${label} leads to ${node ?? (state.values.join(', ') || 'nothing')}, not to ${source}`,
    );
}

/** Decisions rest on positions and epochs; a clock that is off makes seconds worthless, nothing else. */
function clockWarnings(world: World): string[] {
  return reachableNodes(world)
    .filter(
      ({ state }) =>
        state.heardAt !== null && Date.parse(state.heardAt) > Date.parse(world.at) + 5000,
    )
    .map(
      ({ node }) =>
        `the clock of ${node} is ahead of this one: loss in seconds is not to be trusted`,
    );
}
