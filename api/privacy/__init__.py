"""What is known about customers, and what becomes of it: masking, retention, export, erasure."""
