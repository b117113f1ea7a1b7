"""Pure decisions: no clock, no I/O. Instants are aware datetimes given as arguments."""
