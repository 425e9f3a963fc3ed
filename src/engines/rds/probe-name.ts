/** What a role has to allow beside the instances themselves: `db:holdfast-probe-*`, which never exist. */
export const probePrefix = 'holdfast-probe-';
