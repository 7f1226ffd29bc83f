"""Who is calling, and what they may do: passwords, sessions, tokens, secrets, Origins, signed identities."""
