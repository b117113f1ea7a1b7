"""A telephone system's canonical events → entries of the caller's case."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.inbound import MessageReceived
from contracts.values import CallStatus, ContentKind
from ingest.domain.webhook import Draft
from runtime.errors import Malformed

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], dict[str, Any]]


def the_event(parsed: Parsed, body: Any) -> Any:
    (draft,) = parsed("hooks", body, webhook_id="evt_1", webhook_timestamp="1795228200")
    return draft.event


def test_a_voicemail_is_work_with_its_recording(parsed: Parsed, sample: Sample) -> None:
    event = the_event(parsed, sample("webhook", "call_voicemail"))
    assert isinstance(event, MessageReceived)
    assert (event.conversation, event.contact.display_name) == ("+81312345678", "佐藤 葵")
    assert (event.content.kind, event.standby) == (ContentKind.CALL, False)
    assert event.content.call.model_dump() == {
        "id": "pbx-20261121-0042",
        "status": CallStatus.VOICEMAIL,
        "inbound": True,
        "duration_ms": 17_000,
    }
    (recording,) = event.content.attachments
    assert (recording.kind, recording.mime, recording.duration_ms) == (ContentKind.AUDIO, "audio/x-wav", 15_200)
    assert event.provider_message_id == "pbx-20261121-0042:voicemail"


def test_a_callback_may_say_when(parsed: Parsed, sample: Sample) -> None:
    event = the_event(parsed, sample("webhook", "call_callback"))
    assert (event.content.call.status, event.content.text) == (
        CallStatus.CALLBACK_REQUESTED,
        "15時以降に折り返しをお願いします",
    )
    assert event.standby is False


@pytest.mark.parametrize("status", ["ringing", "answered", "completed", "failed", "missed"])
def test_every_step_of_a_call_is_told(parsed: Parsed, sample: Sample, status: str) -> None:
    body = sample("webhook", "call_callback") | {"type": f"call.{status}"}
    event = the_event(parsed, body)
    assert (event.content.call.status, event.standby) == (CallStatus(status), False)
    assert the_event(parsed, body | {"inbound": False}).standby is True


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("call.voicemail", "a voicemail needs its recording."), ("call.transcribed", "a transcript needs its text.")],
)
def test_an_event_without_its_substance_is_refused(parsed: Parsed, sample: Sample, kind: str, sentence: str) -> None:
    body = {key: value for key, value in sample("webhook", "call_callback").items() if key != "text"}
    with pytest.raises(Malformed) as refused:
        the_event(parsed, body | {"type": kind})
    assert (refused.value.status, refused.value.sentence) == (422, sentence)


def test_an_unknown_kind_of_call_is_told(parsed: Parsed, sample: Sample) -> None:
    with pytest.raises(Malformed) as refused:
        the_event(parsed, sample("webhook", "call_callback") | {"type": "call.teleported"})
    assert refused.value.pointer == "/type"
