"""What is too large for the broker goes to object storage, and the event names it: nothing signed is refused for its size."""

import hashlib
from typing import Final

from contracts.envelope import MAX_VALUE_BYTES, Envelope, EventTooLarge, encode
from contracts.inbound import MessageEchoed, MessageEdited, MessagePartReceived, MessageReceived, UnrecognisedReceived
from contracts.values import Attachment, Content, ContentKind
from ingest.domain.identity import file_key, id_of
from ingest.domain.shape import write_json
from ingest.domain.webhook import Draft, InboundEvent, InlineFile

MAX_EVENT_BYTES: Final = 800_000
"""Below the broker's limit, because later events carry the same content in a larger frame."""

MAX_RAW_BYTES: Final = 256 * 1024
MAX_TEXT_BYTES: Final = 160_000
_WITH_CONTENT: Final = (MessageReceived, MessagePartReceived, MessageEchoed, MessageEdited)


def fitting(tenant: str, draft: Draft) -> Draft:
    """The same event where it fits. A long text keeps its beginning and is a file besides; else all of the event is a file."""
    event = draft.event
    if isinstance(event, UnrecognisedReceived):
        return draft if len(event.raw.encode()) <= MAX_RAW_BYTES else _claimed(tenant, draft, event.raw, event.reason)
    if _size(tenant, draft) <= MAX_EVENT_BYTES:
        return draft
    shorter = _with_text_beside(tenant, draft)
    if _size(tenant, shorter) <= MAX_EVENT_BYTES:
        return shorter
    return _claimed(tenant, draft, event.model_dump_json(), f"an event larger than {MAX_EVENT_BYTES} bytes")


def _size(tenant: str, draft: Draft) -> int:
    event = draft.event
    try:
        return len(encode(Envelope(id_of(tenant, draft), tenant, "ingest", event.received_at, event)))
    except EventTooLarge:
        return MAX_VALUE_BYTES + 1


def _with_text_beside(tenant: str, draft: Draft) -> Draft:
    event = draft.event
    if not isinstance(event, _WITH_CONTENT) or not event.content.text:
        return draft
    whole = event.content.text.encode()
    file = _file(tenant, whole)
    attachment = Attachment(
        kind=ContentKind.FILE,
        mime="text/plain",
        file_name="message.txt",
        size_bytes=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        object_key=file.object_key,
    )
    text = whole[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
    content = event.content.model_copy(update={"text": text, "attachments": (*event.content.attachments, attachment)})
    return Draft(_with(event, content), draft.part, (*draft.files, file))


def _with(
    event: MessageReceived | MessagePartReceived | MessageEchoed | MessageEdited, content: Content
) -> InboundEvent:
    return event.model_copy(update={"content": content})


def _claimed(tenant: str, draft: Draft, raw: str, reason: str) -> Draft:
    content = raw.encode("utf-8", "backslashreplace")
    file, event = _file(tenant, content), draft.event
    kept = UnrecognisedReceived(
        channel=event.channel,
        account=event.account,
        conversation=event.conversation,
        provider_event_id=event.provider_event_id,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        reason=reason,
        raw=write_json({"object_key": file.object_key, "size_bytes": len(content)}),
    )
    return Draft(kept, draft.part, (*draft.files, file))


def _file(tenant: str, content: bytes) -> InlineFile:
    return InlineFile(file_key(tenant, hashlib.sha256(content).hexdigest()), content)
