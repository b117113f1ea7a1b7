"""Writing as a customer: webhooks in the providers' own shapes, signed as the providers sign."""
