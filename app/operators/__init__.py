"""Who works with the program: profiles, roles, shifts, training."""
