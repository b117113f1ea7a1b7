"""The demo: one customer's story, played against the running doors and checked against what they hold afterwards."""
