"""Dead letters: what a service could not work on, kept with its original bytes and the reason."""
