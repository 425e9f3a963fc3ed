#!/bin/sh
# Runs Holdfast with the Node.js beside it where there is one: that of the system may be too old.
home=$(dirname "$(readlink -f "$0")")
node=$home/../node_modules/node/bin/node
[ -x "$node" ] || node=node
exec "$node" "$home/holdfast.js" "$@"
