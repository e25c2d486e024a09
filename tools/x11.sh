#!/bin/sh
# Installs Xvfb and xdotool where this user may; the tests skip, saying so, where they are absent.
set -eu
missing=
for pair in Xvfb:xvfb xdotool:xdotool; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
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
