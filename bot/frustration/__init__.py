"""How frustrated a customer sounds, and why, free of Rasa."""
