"""Fault drills: real faults on a real house, a ledger outside of it, and a checker that believes neither."""
