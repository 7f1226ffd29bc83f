"""Real conversations, said again to a running Deskmate."""
