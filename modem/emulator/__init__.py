"""An AT modem with a network and people behind it, served on a pseudo-terminal or a loopback TCP port."""
