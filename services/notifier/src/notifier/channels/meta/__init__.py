"""What Meta's three channels share: errors of the Graph API; and how Messenger and Instagram are written to."""
