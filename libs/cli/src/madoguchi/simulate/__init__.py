"""What if: made-up work through the router's own engine under a configuration, as figures. The same seed gives the same outcome."""
