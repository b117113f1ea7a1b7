"""What if, on what really came: recorded commands through the router's own engine under another configuration."""
