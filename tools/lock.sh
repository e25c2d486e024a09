#!/bin/sh
# Writes the hashed locks anew from pyproject.toml. They carry no registry address.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
for set in "requirements.lock --extra build" "requirements-dev.lock --extra build --extra dev"; do
  # shellcheck disable=SC2086
  set -- $set
  out=$1
  shift
  "$uv" pip compile pyproject.toml "$@" --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --universal --python-version 3.11 --quiet -o "$out"
done
! grep -n '://' requirements.lock requirements-dev.lock
