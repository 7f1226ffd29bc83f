"""Telling other systems what happens here: signed, in order, again until it is taken."""
