"""Mail APIs: render → HTTP to the sandbox → classify, faults included."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from channel_values import NOW, outgoing, sender, text

from contracts.values import Address, AddressKind, Attachment, ContentKind
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.table import CHANNELS
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Outcome
from runtime.testing.clock import ManualClock
from sandbox.app import create_app
from sandbox.settings import SandboxSettings

CHANNELS_OF_MAIL = ("mailgun", "postmark", "sendgrid", "ses")
SECRETS = dict.fromkeys(("api_key", "server_token", "access_key_id", "secret_access_key", "reply_secret"), ("value",))


@pytest.fixture
async def sandbox() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(SandboxSettings(stack="embedded"), ManualClock(NOW))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8900") as client,
    ):
        yield client


def rendered(channel: str, to: str = "jo@example.com", **changes: Any) -> ProviderRequest:
    given = {
        "external_id": "support@acme.example",
        "options": {"endpoint": "http://127.0.0.1:8900/ses"},
        "secrets": SECRETS,
    }
    message = outgoing(
        changes.pop("content", text("発送しました")),
        Address(kind=AddressKind.EMAIL, value=to),
        Method.PUSH,
        thread={"subject": "注文"},
        files=changes.pop("files", {}),
    )
    found = CHANNELS[channel].render(message, sender(**given | changes))
    assert not isinstance(found, Outcome), found
    return found[0]


async def sent(client: httpx.AsyncClient, channel: str, request: ProviderRequest, *without: str) -> Outcome:
    url = request.url if request.url.startswith("http") else f"/{channel}{request.url}"
    headers = {name: value for name, value in request.headers.items() if name not in without}
    answer = await client.post(url, content=request.body, headers=headers)
    told = HttpAnswer(
        answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content
    )
    return CHANNELS[channel].classify(request, told, NOW)


@pytest.mark.parametrize("channel", CHANNELS_OF_MAIL)
async def test_a_mail_is_taken_and_shown(sandbox: httpx.AsyncClient, channel: str) -> None:
    outcome = await sent(sandbox, channel, rendered(channel))
    assert outcome.code == "accepted"
    (shown,) = (await sandbox.get("/_control/visible", params={"recipient": "jo@example.com"})).json()["items"]
    assert shown["provider_id"] in outcome.ids
    assert channel == "ses" or shown["text"] == "発送しました"


@pytest.mark.parametrize("channel", CHANNELS_OF_MAIL)
async def test_a_mail_with_its_files_is_taken(sandbox: httpx.AsyncClient, channel: str) -> None:
    file = Attachment(
        kind=ContentKind.FILE, object_key="files/acme/ab/abc", file_name="請求書.pdf", mime="application/pdf"
    )
    request = rendered(
        channel, content=text("請求書です", attachments=(file,)), files={"files/acme/ab/abc": b"%PDF" * 9000}
    )
    assert (await sent(sandbox, channel, request)).code == "accepted"
    (shown,) = (await sandbox.get("/_control/visible", params={"recipient": "jo@example.com"})).json()["items"]
    assert channel == "ses" or shown["text"] == "請求書です"


@pytest.mark.parametrize("channel", CHANNELS_OF_MAIL)
async def test_without_its_key_the_channel_is_broken(sandbox: httpx.AsyncClient, channel: str) -> None:
    keys = ("Authorization", "X-Postmark-Server-Token")
    assert (await sent(sandbox, channel, rendered(channel), *keys)).code == "channel_broken"


@pytest.mark.parametrize("channel", CHANNELS_OF_MAIL)
@pytest.mark.parametrize(("status", "code"), [(429, "throttled"), (500, "ambiguous")])
async def test_faults(sandbox: httpx.AsyncClient, channel: str, status: int, code: str) -> None:
    fault = {"provider": channel, "kind": "status", "status": status, "times": 1}
    assert (await sandbox.post("/_control/faults", json=fault)).is_success
    assert (await sent(sandbox, channel, rendered(channel))).code == code
    assert (await sent(sandbox, channel, rendered(channel))).code == "accepted"


async def test_postmark_knows_who_takes_no_mail(sandbox: httpx.AsyncClient) -> None:
    assert (await sent(sandbox, "postmark", rendered("postmark", "inactive@example.com"))).code == "recipient_gone"
