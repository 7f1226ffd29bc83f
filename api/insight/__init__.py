"""What an installation's conversations show: figures for a manager, gaps, recurring problems, exports, and the past."""
