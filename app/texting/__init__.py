"""Clicks, the lines' threads, sending and the inbox: what stands between a person and a modem."""
