"""The way to Rasa: which process serves, and one turn asked of it."""
