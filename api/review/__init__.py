"""Learning from real messages: which are worth a look, and what an administrator says they mean."""
