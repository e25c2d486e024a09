"""Who works here, in the window: signing in, a manager's leave for one act, hand-over, the settings' list."""
