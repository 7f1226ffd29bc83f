"""Conversations: who owns them, what is said in them, and the turns the bot takes."""
