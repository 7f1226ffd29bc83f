"""Suggestions: one stored set per message, read by bot and agents alike."""
