#!/bin/sh
# The first step of a job, before there is a Node: the folder of this gate, what of the project's own is worth a cache, and its key.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd -P)
pins=$(cat "$root/package-lock.json" "$root/scripts/node/package-lock.json" | sha256sum | cut -c 1-16)
folder=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/turnlab-gate-XXXXXX")

{
  echo "folder=$folder"
  echo "packages-key=turnlab-packages-$(uname -s)-$(uname -m)-$pins"
  echo "packages<<END"
  echo "$root/node_modules"
  echo "$root/.turnlab/node"
  echo "$root/.turnlab/package-lock.json"
  echo "END"
} >> "${GITHUB_OUTPUT:-/dev/stdout}"
