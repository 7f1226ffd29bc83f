"""Deskmate behind Chatwoot: its agent bot, its hand-off and its dashboard app."""
