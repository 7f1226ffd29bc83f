"""A day at the desk: simulated customers and agents against a really running API."""
