"""What one training found out about its own data, as JSON and as a page."""
