"""Random days on a small floor: every invariant after every step, and a failing seed shrunk to what it takes."""
