/**
 * An Aurora global database as its API tells of it: who its writer is, and what Aurora is doing to it now.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_GlobalCluster.html
 */

export interface GlobalMember {
  readonly arn: string;
  readonly isWriter: boolean;
  /** `connected`, `pending-resync`; undefined where Aurora does not say. */
  readonly synchronization: string | undefined;
  /** `enabled` lets clients of a secondary write by way of the primary. */
  readonly writeForwarding: string | undefined;
}

/** A switchover or a failover that Aurora is at. */
export interface GlobalChange {
  /** `pending`, `switching-over`, `failing-over`, `cancelling`. */
  readonly status: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly losesData: boolean;
}

export interface GlobalDatabase {
  readonly identifier: string;
  readonly status: string;
  readonly members: readonly GlobalMember[];
  /** Undefined: nothing is going on. */
  readonly change: GlobalChange | undefined;
}

/** `arn:aws:rds:us-west-2:111122223333:cluster:orders-west` → `us-west-2`, `orders-west`. */
export function placeOfArn(arn: string): { readonly region: string; readonly cluster: string } {
  const [, , , region = '', , , cluster = ''] = arn.split(':');
  return { region, cluster };
}

/** Identifiers are not case-sensitive, and stored in lower case. */
export const memberOf = (
  { members }: GlobalDatabase,
  place: { readonly region: string; readonly cluster: string },
): GlobalMember | undefined =>
  members.find(({ arn }) => {
    const found = placeOfArn(arn);
    return found.region === place.region && found.cluster === place.cluster.toLowerCase();
  });

export const writerOf = ({ members }: GlobalDatabase): GlobalMember | undefined =>
  members.find(({ isWriter }) => isWriter);

/** `switching-over to us-west-2 orders-west`. */
export function changeText({ status, to }: GlobalChange): string {
  if (to === undefined) return status;
  const { region, cluster } = placeOfArn(to);
  return `${status} to ${region} ${cluster}`;
}
