/** Answers of the RDS API as it words them, and moto's with what moto does not know. */
import type { GlobalState } from './global-api.ts';

/** By ARN. Hosts, without the port. */
export type Members = Readonly<
  Record<string, { readonly writer: string; readonly reader: string }>
>;

const namespace = 'http://rds.amazonaws.com/doc/2014-10-31/';

export const success = (action: string, state: GlobalState): string =>
  `<${action}Response xmlns="${namespace}"><${action}Result><GlobalCluster><GlobalClusterIdentifier>orders</GlobalClusterIdentifier>${failoverState(state)}</GlobalCluster></${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`;

function failoverState({ change }: GlobalState): string {
  if (change === undefined) return '<FailoverState/>';
  const { status, from, to, losesData } = change;
  return `<FailoverState><Status>${status}</Status><FromDbClusterArn>${from}</FromDbClusterArn><ToDbClusterArn>${to}</ToDbClusterArn><IsDataLossAllowed>${losesData}</IsDataLossAllowed></FailoverState>`;
}

export function patched(action: string, body: string, state: GlobalState): string {
  if (action === 'DescribeGlobalClusters') return withWriter(body, state);
  return action === 'DescribeDBClusters' ? withEndpoints(body, state) : body;
}

function withWriter(body: string, state: GlobalState): string {
  const members = Object.keys(state.members).reduce(
    (text, arn) =>
      text.replace(
        new RegExp(`(<DBClusterArn>${arn}</DBClusterArn>.*?)<IsWriter>[a-z]+</IsWriter>`),
        `$1<IsWriter>${state.writer === arn}</IsWriter><SynchronizationStatus>connected</SynchronizationStatus>`,
      ),
    body,
  );
  return members.replace(
    '</GlobalClusterMembers>',
    `</GlobalClusterMembers>${failoverState(state)}`,
  );
}

function withEndpoints(body: string, { members }: GlobalState): string {
  return body.replace(/<DBCluster>.*?<\/DBCluster>/g, (cluster) => {
    const arn = /<DBClusterArn>(.*?)</.exec(cluster)?.[1] ?? '';
    const { writer = '', reader = '' } = members[arn] ?? {};
    return cluster
      .replace(/<Endpoint>.*?<\/Endpoint>/, `<Endpoint>${writer}</Endpoint>`)
      .replace(
        /<ReaderEndpoint>.*?<\/ReaderEndpoint>/,
        `<ReaderEndpoint>${reader}</ReaderEndpoint>`,
      );
  });
}
