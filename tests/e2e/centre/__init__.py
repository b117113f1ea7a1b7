"""A scripted contact centre: tenants of its own, customers who write by webhooks, agents who work over HTTP."""
