"""What a browser is sent: the demo shop, the widget, the agents' desk, the administration and the help pages."""
