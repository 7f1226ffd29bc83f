"""How much CPU time one turn costs: this bot beside stock Rasa."""
