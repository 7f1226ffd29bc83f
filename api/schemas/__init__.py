"""What goes over the wire: Pydantic models, used at the edges only."""
