"""Training: a guided practice where nothing leaves this computer, and ten questions on the rules."""
