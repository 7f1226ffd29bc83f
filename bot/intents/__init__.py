"""The intent classifier's core, free of Rasa: train it, save it, ask it."""
