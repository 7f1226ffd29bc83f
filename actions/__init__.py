"""What the bot does, each action thin: ask the API, say, remember. `python -m actions --port N` serves them."""
