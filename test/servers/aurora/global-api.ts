/**
 * What moto does not know of a global database: who the writer is after a switchover or a failover, and the two calls
 * themselves, answered as
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_SwitchoverGlobalCluster.html and
 * …/API_FailoverGlobalCluster.html say.
 */
import { type AwsAnswer, type AwsCall, failure, type Serve } from '../aws-front.ts';
import { type Members, patched, success } from './answers.ts';

export type Kind = 'switchover' | 'failover';

export interface Change {
  readonly status: 'pending' | 'switching-over' | 'failing-over';
  readonly from: string;
  readonly to: string;
  readonly losesData: boolean;
}

export interface GlobalState {
  readonly members: Members;
  /** An ARN. */
  writer: string;
  change: Change | undefined;
}

/** `begin`: the effect on the servers. `isDark`: of the Region of an ARN. */
export const serveGlobal =
  (
    state: GlobalState,
    does: {
      readonly begin: (kind: Kind, to: string) => void;
      readonly isDark: (arn: string) => boolean;
    },
  ): Serve =>
  async (call, pass) => {
    const kind = kindOf(call);
    if (typeof kind === 'object') return kind;
    if (kind === undefined) {
      const { status, body } = await pass();
      return { status, body: patched(call.action, body, state) };
    }
    const refusal = refused(kind, call, { state, ...does });
    if (refusal !== undefined) return refusal;
    const to = call.parameters.get('TargetDbClusterIdentifier') ?? '';
    state.change = { status: 'pending', from: state.writer, to, losesData: kind === 'failover' };
    does.begin(kind, to);
    return { status: 200, body: success(call.action, state) };
  };

/** Neither of the two flags means a switchover; both together are refused. */
function kindOf({ action, parameters }: AwsCall): Kind | AwsAnswer | undefined {
  if (action === 'SwitchoverGlobalCluster') return 'switchover';
  if (action !== 'FailoverGlobalCluster') return undefined;
  const flag = (name: string) => parameters.get(name) === 'true';
  if (flag('AllowDataLoss') && flag('Switchover'))
    return failure('rds', 'InvalidParameterCombination', 'AllowDataLoss or Switchover, not both');
  return flag('AllowDataLoss') ? 'failover' : 'switchover';
}

function refused(
  kind: Kind,
  { parameters }: AwsCall,
  { state, isDark }: { readonly state: GlobalState; readonly isDark: (arn: string) => boolean },
): AwsAnswer | undefined {
  const to = parameters.get('TargetDbClusterIdentifier') ?? '';
  const rules: readonly (readonly [boolean, string, string])[] = [
    [
      parameters.get('GlobalClusterIdentifier') !== 'orders',
      'GlobalClusterNotFoundFault',
      'Global cluster not found',
    ],
    [!(to in state.members), 'DBClusterNotFoundFault', `DBCluster ${to} not found.`],
    [state.change !== undefined, 'InvalidGlobalClusterStateFault', 'one is in progress'],
    [state.writer === to, 'InvalidDBClusterStateFault', `${to} is the primary cluster`],
    [
      kind === 'switchover' && isDark(state.writer),
      'InvalidDBClusterStateFault',
      `${state.writer} is not available`,
    ],
  ];
  const [, code = '', words = ''] = rules.find(([applies]) => applies) ?? [];
  return code === '' ? undefined : failure('rds', code, words, 404);
}
