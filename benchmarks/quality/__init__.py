"""Search and understanding side by side with what people would pick instead."""
