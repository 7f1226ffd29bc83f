"""How soon suggestions are at the desk."""
