"""Discord: a message → exact requests; an answer → what it means."""

import json
from datetime import timedelta
from typing import Any

import pytest
from channel_values import KEY, NOW, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.discord.classify import classify
from notifier.channels.discord.render import render
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

PERSON = Address(kind=AddressKind.DISCORD_USER, value="53908232506183680")
ACCOUNT = sender(external_id="app1", secrets={"bot_token": ("tok",)})
THREAD = {"channel": "290926798999357250", "application": "app1"}
QUIET = {"allowed_mentions": {"parse": []}}
PUSH = ProviderRequest("/channels/1/messages", Method.PUSH, Repeat.SAFE, {}, b"")
REPLY = ProviderRequest("/webhooks/1/2", Method.REPLY, Repeat.NEVER, {}, b"")


def rendered(content: Content, method: Method = Method.PUSH, **values: Any) -> tuple[ProviderRequest, ...]:
    found = render(outgoing(content, PERSON, method, **({"thread": THREAD} | values)), ACCOUNT)
    assert isinstance(found, tuple)
    return found


def test_a_message_goes_to_its_channel_once() -> None:
    (request,) = rendered(text("はい", reply_to="334385199974967042"))
    headers = {"Authorization": "Bot tok", "Content-Type": "application/json"}
    body = QUIET | {
        "content": "はい",
        "message_reference": {"message_id": "334385199974967042", "fail_if_not_exists": False},
        "nonce": KEY.hex[:25],
        "enforce_nonce": True,
    }
    assert shown(request) == ("POST", "/channels/290926798999357250/messages", headers, body)
    assert request.repeat is Repeat.SAFE


def test_a_follow_up_needs_the_interactions_token_only() -> None:
    (request,) = rendered(text("はい"), Method.REPLY, reply_token="A_UNIQUE_TOKEN")
    headers = {"Content-Type": "application/json"}
    assert shown(request) == ("POST", "/webhooks/app1/A_UNIQUE_TOKEN", headers, QUIET | {"content": "はい"})
    assert request.repeat is Repeat.NEVER


def test_a_long_text_has_a_nonce_for_each_part() -> None:
    bodies = [shown(request)[3] for request in rendered(text("あ" * 4100))]
    assert [len(body["content"]) for body in bodies] == [2000, 2000, 100]
    assert len({body["nonce"] for body in bodies}) == 3


def test_pictures_buttons_and_links() -> None:
    picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.png")
    paper = Attachment(kind=ContentKind.FILE, url="https://cdn.example/b.pdf", file_name="b.pdf")
    replies = tuple(QuickReply(label=f"{n}", payload=f"p{n}") for n in range(6))
    (request,) = rendered(
        Content(kind=ContentKind.IMAGE, text="?", attachments=(picture, paper), quick_replies=replies)
    )
    body = shown(request)[3]
    assert (body["content"], body["embeds"]) == (
        "?\nb.pdf\nhttps://cdn.example/b.pdf",
        [{"image": {"url": picture.url}}],
    )
    assert [len(row["components"]) for row in body["components"]] == [5, 1]
    assert body["components"][0]["components"][0] == {"type": 2, "style": 2, "label": "0", "custom_id": "p0"}


@pytest.mark.parametrize(
    ("thread", "secrets", "code"),
    [({}, {"bot_token": ("t",)}, "permanent:no_conversation"), (THREAD, {}, "channel_broken")],
)
def test_what_cannot_be_sent(thread: dict[str, str], secrets: Any, code: str) -> None:
    found = render(outgoing(text("a"), PERSON, Method.PUSH, thread=thread), sender(secrets=secrets))
    assert isinstance(found, Outcome)
    assert found.code == code


@pytest.mark.parametrize(
    ("request_", "status", "body", "code"),
    [
        (PUSH, 200, {"id": "9"}, "accepted"),
        (REPLY, 200, {"id": "9"}, "accepted"),
        (PUSH, 429, {"retry_after": 1.337, "global": True}, "throttled"),
        (PUSH, 401, {"code": 0, "message": "401: Unauthorized"}, "channel_broken"),
        (PUSH, 403, {"code": 50007}, "recipient_gone"),
        (PUSH, 404, {"code": 10003}, "recipient_gone"),
        (PUSH, 403, {"code": 50001}, "permanent:discord_50001"),
        (PUSH, 403, {"code": 50013}, "permanent:discord_50013"),
        (PUSH, 400, {"code": 50035}, "permanent:discord_50035"),
        (REPLY, 404, {"code": 10015}, "reply_token_invalid"),
        (REPLY, 401, {"code": 50027}, "reply_token_invalid"),
        (PUSH, 400, {"code": 20016}, "throttled"),
        (PUSH, 502, None, "ambiguous"),
    ],
)
def test_answers(request_: ProviderRequest, status: int, body: Any, code: str) -> None:
    outcome = classify(request_, HttpAnswer(status, {}, json.dumps(body).encode()), NOW)
    assert outcome.code == code
    assert outcome.ids == (("9",) if code == "accepted" else ())
    assert outcome.retry_after == (timedelta(seconds=1.337) if status == 429 else None)
