#!/bin/sh
# Unpacks Debian's ModemManager under .venv/modemmanager, for the tests. Nothing is installed and nothing
# is started; without the package lists of Debian or Ubuntu, or without a network, it says so and leaves.
#
#   tools/modemmanager.sh [FOLDER]
set -eu

cd "$(dirname "$0")/.."
target="${1:-.venv/modemmanager}"
packages="modemmanager libmm-glib0 libmbim-glib4 libqmi-glib5 libqrtr-glib0 libgudev-1.0-0 libpolkit-gobject-1-0"

if [ -x "$target/usr/sbin/ModemManager" ]; then
    echo "ModemManager is in $target"
    exit 0
fi
for program in apt-get dpkg; do
    if ! command -v "$program" >/dev/null; then
        echo "No ModemManager for the tests: there is no $program on this computer." >&2
        exit 0
    fi
done

downloads="$(mktemp -d)"
trap 'rm -rf "$downloads"' EXIT INT TERM
# shellcheck disable=SC2086 # a list of names
if ! (cd "$downloads" && apt-get download -q -o APT::Sandbox::User=root $packages >apt.log 2>&1); then
    tail -n 3 "$downloads/apt.log" >&2
    echo "No ModemManager for the tests: its packages could not be fetched (try: sudo apt-get update)." >&2
    exit 0
fi
mkdir -p "$target.new"
for package in "$downloads"/*.deb; do
    dpkg -x "$package" "$target.new"
done
rm -rf "$target"
mv "$target.new" "$target"
echo "ModemManager is in $target"
