"""What Rasa loads: understanding, the gateway and the running of turns."""
