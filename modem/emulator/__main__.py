"""``python -m modem.emulator``: the same as ``p2ptext emulate``."""

from __future__ import annotations

import sys

from modem.emulator.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
