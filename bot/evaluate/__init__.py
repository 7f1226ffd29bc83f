"""Offline evaluation on labelled files, with no service running: `python -m bot.evaluate`."""
