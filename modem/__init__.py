"""Modems: AT commands, PDUs, backends and the emulator. Knows nothing of the rest of the program."""
