"""What Meta's three channels share: the signature, the handshake, batches over accounts; and how Messenger and Instagram talk."""
