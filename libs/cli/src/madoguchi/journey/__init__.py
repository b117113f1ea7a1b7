"""One message's journey, put together from the spans that the services wrote."""
