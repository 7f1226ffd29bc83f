"""Every visible string of the API, in one catalogue."""
