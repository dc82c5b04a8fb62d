#!/bin/sh
# Boots the real test cluster, opens the console on it, and takes it down again when the console is left.
set -eu
cd "$(dirname "$0")/../.."

# A second demo may run beside the first: each has a prefix of its own.
prefix=d$$
trap 'node test/cluster/cli.ts down --prefix "$prefix"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

echo "Booting four Debian hosts with PostgreSQL and repmgr (a minute or two the first time, then seconds) ..."
node test/cluster/cli.ts up --formed --prefix "$prefix"
node test/cluster/cli.ts console --prefix "$prefix" "$@"
