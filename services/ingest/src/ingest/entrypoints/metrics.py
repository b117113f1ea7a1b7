"""What is counted at the doors. `channel` is a channel of ours or `unknown`, `outcome` is accepted or an error code."""

from typing import Final

from runtime.metrics import counter, gauge, histogram

REQUESTS: Final = counter("ingest_requests_total", "webhooks answered, by outcome", "channel", "outcome")
ACK_SECONDS: Final = histogram("ingest_ack_seconds", "from the body's last byte to the answer", "channel", "outcome")
MEDIA: Final = counter("ingest_media_total", "files of messages, by what became of a fetch", "channel", "outcome")
EVENTS: Final = counter("ingest_events_total", "events that the broker acknowledged", "channel", "type")
POLLS: Final = counter("ingest_polls_total", "looks at a shop's reviews, by outcome", "channel", "outcome")
SOCKETS: Final = gauge("ingest_chat_sockets", "pages of the web chat that are connected")
