"""Reading other people's websites without being sent to our own."""
