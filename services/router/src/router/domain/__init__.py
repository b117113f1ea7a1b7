"""The pure router: no clock, no I/O, no randomness. Instants are integer milliseconds since the epoch, ids are strings."""
