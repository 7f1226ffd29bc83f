"""Figures on labelled files."""
