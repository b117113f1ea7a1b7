"""Voice: what became of a call, its recording, its words. Each is an entry of its own beside the call's others.

The history tells by a call's status which of them ask for somebody; our own calls (`standby`) never do.
"""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from contracts.inbound import MessageReceived
from contracts.values import Address, AddressKind, Attachment, Call, CallStatus, Contact, Content, ContentKind
from ingest.channels.twilio.request import Fields, Request, bare, contact_of, fields_of, request_of
from ingest.domain.frame import read_or_keep
from ingest.domain.shape import Unreadable, identity, optional_identity, read_json, text
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_STATUSES = {
    "queued": CallStatus.RINGING,
    "initiated": CallStatus.RINGING,
    "ringing": CallStatus.RINGING,
    "in-progress": CallStatus.ANSWERED,
    "answered": CallStatus.ANSWERED,
    "completed": CallStatus.COMPLETED,
    "busy": CallStatus.MISSED,
    "no-answer": CallStatus.MISSED,
    "canceled": CallStatus.MISSED,
    "failed": CallStatus.FAILED,
}
_NAMELESS = frozenset({"anonymous", "restricted", "unavailable", "unknown", "+266696687", "+7378742833", "+2562533"})
"""What Twilio writes for a withheld number; the digits spell ANONYMOUS, RESTRICTED and BLOCKED."""


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        fields = fields_of(webhook)
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    ours = fields.get("To" if _inbound(fields) else "From", "")
    request = request_of(webhook, fields, ours, account_of)
    return read_or_keep(webhook, fields, lambda: _event(request))


def _inbound(fields: Fields) -> bool:
    return not fields.get("Direction", "inbound").startswith("outbound")


def _event(request: Request) -> Iterator[Draft]:
    fields = request.fields
    call_id = identity(fields, "CallSid")
    if fields.get("TranscriptionSid"):
        yield from _transcript(request, call_id)
    elif fields.get("RecordingUrl"):
        yield from _recording(request, call_id)
    elif fields.get("RecordingStatus") or fields.get("RecordingSid"):
        return  # in-progress, absent: nothing to hear
    elif (digit := request.webhook.account.options.get("callback_digit")) and fields.get("Digits") == digit:
        yield _told(request, call_id, CallStatus.CALLBACK_REQUESTED, "callback")
    else:
        yield _status(request, call_id)


def _status(request: Request, call_id: str) -> Draft:
    """Of a call that was passed on to somebody (`<Dial action>`) what became of that counts: the call itself goes on."""
    fields = request.fields
    passed_on = fields.get("DialCallStatus", "").lower()
    said = passed_on or fields.get("CallStatus", "").lower()
    status = _STATUSES.get(said)
    if status is None:
        raise Unreadable("a call status that this adapter doesn't know")
    if passed_on and status is CallStatus.FAILED:
        status = CallStatus.MISSED
    return _told(request, call_id, status, f"dial-{said}" if passed_on else said, text=text(fields, "SpeechResult"))


def _recording(request: Request, call_id: str) -> Iterator[Draft]:
    """Twice where both `action` and `recordingStatusCallback` are set: the recording's id makes them one."""
    fields = request.fields
    if fields.get("RecordingStatus", "completed") != "completed":
        return
    url = identity(fields, "RecordingUrl")
    recording = optional_identity(fields, "RecordingSid") or url.rpartition("/")[2]
    length = _milliseconds(fields, "RecordingDuration")
    file = Attachment(
        kind=ContentKind.AUDIO, provider_media_id=recording, url=url, mime="audio/x-wav", duration_ms=length
    )
    yield _told(request, call_id, CallStatus.VOICEMAIL, recording, attachments=(file,))


def _transcript(request: Request, call_id: str) -> Iterator[Draft]:
    """Of a recording, or of a call that is being transcribed as it goes on: then its final utterances."""
    fields = request.fields
    words = text(fields, "TranscriptionText")
    event = identity(fields, "TranscriptionSid")
    if fields.get("TranscriptionEvent"):
        if fields["TranscriptionEvent"] != "transcription-content" or fields.get("Final", "true").lower() != "true":
            return
        told = read_json(fields.get("TranscriptionData", "").encode())
        words = text(told, "transcript") if isinstance(told, dict) else None
        event = f"{event}:{fields.get('SequenceId', '')}"
    if words is not None:
        yield _told(request, call_id, CallStatus.TRANSCRIBED, event, text=words)


def _told(request: Request, call_id: str, status: CallStatus, what: str, **content: Any) -> Draft:
    fields, inbound = request.fields, _inbound(request.fields)
    contact = _caller(request, call_id, "From" if inbound else "To")
    sequence = text(fields, "SequenceNumber")
    event_id = ":".join(part for part in (call_id, what, sequence) if part)
    call = Call(id=call_id, status=status, inbound=inbound, duration_ms=_length(fields))
    return Draft(
        MessageReceived(
            **request.common(event_id, contact.address.value, _at(fields)),
            contact=contact,
            provider_message_id=f"{call_id}:{what}",
            content=Content(kind=ContentKind.CALL, call=call, **content),
            standby=not inbound,
            thread={"from": fields["To"]} if inbound and fields.get("To") else {},
        )
    )


def _caller(request: Request, call_id: str, name: str) -> Contact:
    """A recording's callback names nobody: our TwiML puts the caller into its URL. Callers without a number are never one person."""
    fields = request.fields
    person = fields.get(name) or request.webhook.query.get("caller", "")
    if not person or bare(person).lower() in _NAMELESS:
        return Contact(address=Address(kind=AddressKind.EXTERNAL, value=call_id))
    return contact_of({**fields, name: person}, name)


def _length(fields: Fields) -> int | None:
    """`Duration` is in minutes, for the bill."""
    names = ("DialCallDuration", "CallDuration", "RecordingDuration")
    return next((found for name in names if (found := _milliseconds(fields, name)) is not None), None)


def _milliseconds(fields: Fields, name: str) -> int | None:
    value = fields.get(name, "")
    return int(value) * 1000 if value.isascii() and value.isdigit() and len(value) < 9 else None


def _at(fields: Fields) -> datetime | None:
    """`Timestamp` and `RecordingStartTime` are RFC 2822."""
    try:
        found = parsedate_to_datetime(fields.get("Timestamp") or fields.get("RecordingStartTime") or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
