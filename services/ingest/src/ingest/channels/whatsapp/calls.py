"""Calls over WhatsApp: each step is an entry of its own, as with Twilio. Source: Cloud API, "Calling API, webhooks"."""

from collections.abc import Iterator

from contracts.inbound import MessageReceived
from contracts.values import Attachment, Call, CallStatus, Content, ContentKind
from ingest.channels.whatsapp.messages import Change, Message
from ingest.channels.whatsapp.people import sender_of
from ingest.domain.shape import Json, Unreadable, count, identity, optional_part, part, text
from ingest.domain.webhook import Draft

_ANSWERS = {"RINGING": CallStatus.RINGING, "ACCEPTED": CallStatus.ANSWERED, "REJECTED": CallStatus.FAILED}


def call_of(call: Json, change: Change) -> Iterator[Draft]:
    inbound = text(call, "direction") != "BUSINESS_INITIATED"
    person = call if inbound else {"from": call.get("to"), "from_user_id": call.get("to_user_id")}
    match text(call, "event"):
        case "connect" | "call_created":
            yield _told(call, change, person, CallStatus.RINGING, inbound=inbound)
        case "terminate":
            yield _told(call, change, person, _end(call, inbound=inbound), inbound=inbound)
        case "call_recording_available":
            file = _file(part(optional_part(call, "call_recording"), "audio"), ContentKind.AUDIO)
            yield _told(call, change, person, CallStatus.COMPLETED, inbound=inbound, file=file)
        case "call_transcription_available":
            file = _file(part(optional_part(call, "call_transcript"), "document"), ContentKind.FILE)
            yield _told(call, change, person, CallStatus.TRANSCRIBED, inbound=inbound, file=file)
        case _:
            raise Unreadable("a call event that this adapter doesn't know")


def answer_of(status: Json, change: Change) -> Iterator[Draft]:
    """What became of a call of ours: they hear it, take it or turn it down."""
    word = _ANSWERS.get(text(status, "status") or "")
    if word is None:
        raise Unreadable("a call status that this adapter doesn't know")
    person = {"from": status.get("recipient_id"), "from_user_id": status.get("recipient_user_id")}
    yield _told(status, change, person, word, inbound=False)


def _end(call: Json, *, inbound: bool) -> CallStatus:
    """A call that nobody took has no duration."""
    if text(call, "status") != "FAILED" and count(call, "duration"):
        return CallStatus.COMPLETED
    return CallStatus.MISSED if inbound else CallStatus.FAILED


def _file(media: Json, kind: ContentKind) -> Attachment:
    return Attachment(kind=kind, provider_media_id=identity(media, "id"), mime=text(media, "mime_type"))


def _told(
    call: Json, change: Change, person: Json, status: CallStatus, *, inbound: bool, file: Attachment | None = None
) -> Draft:
    """`standby`: a call of our own asks for nobody."""
    call_id, length = identity(call, "id"), count(call, "duration")
    duration = length * 1000 if length is not None and length < 10**9 else None
    told = Call(id=call_id, status=status, inbound=inbound, duration_ms=duration)
    contact = sender_of(person, change.value).contact()
    event_id = f"{call_id}:{'recording' if file and status is CallStatus.COMPLETED else status}"
    return Draft(
        MessageReceived(
            **Message(call, change).common(contact, event_id),
            provider_message_id=event_id,
            content=Content(kind=ContentKind.CALL, call=told, attachments=(file,) if file else ()),
            standby=not inbound,
        )
    )
