"""Swapping models while people chat."""
