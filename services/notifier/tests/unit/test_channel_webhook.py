"""Standard Webhooks out: checked with the specification's own library."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from channel_values import MESSAGE, NOW, outgoing, sample, samples, sender, shown, text
from standardwebhooks.webhooks import Webhook

from contracts.values import Address, AddressKind
from notifier.channels.provider import ProviderRequest
from notifier.channels.webhook.classify import classify
from notifier.channels.webhook.render import render
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

NEW = "whsec_" + base64.b64encode(b"n" * 24).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
URL = "https://erp.example/hooks"
ERP = Address(kind=AddressKind.EXTERNAL, value="customer-7")


def rendered(*secrets: str, later: timedelta = timedelta(0)) -> ProviderRequest:
    message = replace(outgoing(text("了解"), ERP, Method.WEBHOOK), now=NOW + later)
    found = render(message, sender(options={"url": URL}, secrets={"signing_secret": secrets}))
    assert isinstance(found, tuple)
    return found[0]


def test_the_exact_request() -> None:
    method, url, headers, body = shown(rendered(NEW))
    assert (method, url) == ("POST", URL)
    assert body == {
        "type": "message.sent",
        "timestamp": "2026-11-21T09:30:00.000Z",
        "data": {
            "message_id": str(MESSAGE),
            "case_id": "00000000-0000-0000-0000-000000000002",
            "conversation_id": "00000000-0000-0000-0000-000000000003",
            "to": "customer-7",
            "author": {"kind": "agent", "id": "sato"},
            "text": "了解",
            "content": {"kind": "text", "text": "了解"},
        },
    }
    assert headers["webhook-id"] == str(MESSAGE)
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


@pytest.mark.parametrize("known", [NEW, OLD])
def test_during_a_rotation_either_secret_verifies(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = rendered(NEW, OLD)
    assert request.headers["webhook-signature"].count("v1,") == 2
    monkeypatch.setattr(Webhook, "_Webhook__verify_timestamp", lambda self, given: NOW)
    Webhook(known).verify(request.body, dict(request.headers))


def test_a_repetition_has_the_same_id_and_body_and_a_new_signature() -> None:
    first, second = rendered(NEW), rendered(NEW, later=timedelta(minutes=5))
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize(
    ("options", "secrets"),
    [({}, (NEW,)), ({"url": URL}, ()), ({"url": URL}, ("whsec_not base64",)), ({"url": URL}, ("whsec_",))],
)
def test_a_half_configured_account_is_broken(options: dict[str, str], secrets: tuple[str, ...]) -> None:
    found = render(
        outgoing(text("a"), ERP, Method.WEBHOOK), sender(options=options, secrets={"signing_secret": secrets})
    )
    assert isinstance(found, Outcome)
    assert found.code == "channel_broken"


REQUEST = ProviderRequest(URL, Method.WEBHOOK, Repeat.SAFE, {"webhook-id": str(MESSAGE)}, b"")
ANSWERS = [
    ("receive_204", "accepted", None),
    ("receive_410", "recipient_gone", None),
    ("receive_503_retry_after", "ambiguous", timedelta(seconds=120)),
    ("receive_302", "permanent:redirected", None),
    ("receive_401", "channel_broken", None),
]


@pytest.mark.parametrize(("name", "code", "wait"), ANSWERS)
def test_answers(name: str, code: str, wait: timedelta | None) -> None:
    outcome = classify(REQUEST, sample("webhook", name), NOW)
    assert (outcome.code, outcome.retry_after) == (code, wait)


def test_the_webhook_id_is_the_providers_id() -> None:
    assert classify(REQUEST, sample("webhook", "receive_204"), NOW).ids == (str(MESSAGE),)


def test_every_sample_has_its_row() -> None:
    assert {name for name, _, _ in ANSWERS} == samples("webhook")
