"""Configuration as code: files to one checked bundle, its difference from the last revision, one record."""
