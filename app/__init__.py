"""Rules, storage and lines of p2ptext. Knows the modem by its interface alone, and nothing of Qt."""
