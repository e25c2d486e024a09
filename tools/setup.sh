#!/bin/sh
# Makes .venv and installs what is missing. Usage: tools/setup.sh run|dev|system
# As root it installs missing system packages by apt; otherwise it says the exact line and stops.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
venv=.venv

say() { printf '%s\n' "$*" >&2; }

# --- an interpreter ---------------------------------------------------------------------------
find_python() {
  for name in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
    if command -v "$name" >/dev/null 2>&1 &&
      "$name" -c 'import sys; raise SystemExit(not ((3, 11) <= sys.version_info[:2] < (3, 14)))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  say "p2ptext needs Python 3.11, 3.12 or 3.13, and none was found. On Debian: apt-get install python3"
  exit 1
}

# --- system libraries: looked for by what the programs open, so that any way of having them counts ---
have_library() {
  "$python" - "$1" <<'PY'
import ctypes, sys
try:
    ctypes.CDLL(sys.argv[1])
except OSError:
    raise SystemExit(1)
PY
}

missing_packages() {
  while read -r library package; do
    have_library "$library" || printf '%s ' "$package"
  done <<'LIST'
libEGL.so.1 libegl1
libGL.so.1 libgl1
libxkbcommon.so.0 libxkbcommon0
libfontconfig.so.1 libfontconfig1
libdbus-1.so.3 libdbus-1-3
libglib-2.0.so.0 libglib2.0-0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-shape.so.0 libxcb-shape0
LIST
  # Some text must be drawable, and a bare machine may have no font at all.
  if ! has_font '*.ttf' '*.otf' '*.ttc'; then
    printf 'fonts-inter fonts-dejavu-core '
  elif [ "$(id -u)" = 0 ] && ! has_font 'DejaVuSans.ttf' 'NotoSansSymbols*' 'Symbola*'; then
    printf 'fonts-dejavu-core ' # ticks, arrows and warning signs, which many text fonts lack
  fi
  "$python" -c 'import ensurepip, venv' 2>/dev/null || printf '%s ' "$("$python" -c 'import sys; print("python3-venv" if sys.executable.startswith("/usr/bin") else "python%d.%d-venv" % sys.version_info[:2])')"
}

# Whether a font file of one of these names is there.
has_font() {
  for folder in /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts"; do
    [ -d "$folder" ] || continue
    for name in "$@"; do
      [ -n "$(find -L "$folder" -name "$name" -print -quit 2>/dev/null)" ] && return 0
    done
  done
  return 1
}

install_system() {
  [ "$(uname -s)" = Linux ] || return 0
  packages=$(missing_packages)
  [ -n "$packages" ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing system packages: $packages"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    return 0
  fi
  say "p2ptext needs these system packages, which only an administrator can install:"
  say "    sudo apt-get install --no-install-recommends $packages"
  say "Nothing was changed. Run that line, then the same make command again."
  exit 1
}

# --- the virtual environment ------------------------------------------------------------------
install_python() {
  lock=requirements.lock
  [ "$what" = dev ] && lock=requirements-dev.lock
  stamp="$venv/.installed-$what"
  sum=$(cat "$lock" pyproject.toml | cksum)
  [ "$what" = run ] && [ -f "$venv/.installed-dev" ] &&
    [ "$(cat "$venv/.installed-dev")" = "$(cat requirements-dev.lock pyproject.toml | cksum)" ] && return 0
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return 0
  [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
  say "Installing Python packages ($lock). The first time this takes a minute or two."
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  printf '%s' "$sum" >"$stamp"
}

# --- programs that some tests speak to; without them those tests are skipped and say so ---------------
install_partners() {
  [ "$(uname -s)" = Linux ] || return 0
  if ! command -v dbus-daemon >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dbus-daemon >/dev/null || true
  fi
  tools/modemmanager.sh >/dev/null || true
}

python=$(find_python)
install_system
[ "$what" = system ] || install_python
[ "$what" = dev ] && install_partners
exit 0
