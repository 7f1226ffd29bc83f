"""Hand-offs: when the bot offers or calls a person, and what that person gets to see."""
