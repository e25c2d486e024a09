#!/bin/sh
# Installs the programs that the peers' tests run, where this user may; the tests skip what is absent, saying so.
set -eu
missing=
for pair in gammu:gammu gammu-smsd:gammu-smsd smsd:smstools gnokii:gnokii-cli; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair%%:*}" ] || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || true
else
  echo "Not installed, so their tests will be skipped:$missing" >&2
  echo "    sudo apt-get install --no-install-recommends$missing" >&2
fi
