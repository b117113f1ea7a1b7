"""The running house: the stack below it, its secrets, its services as processes."""
