"""Files of messages: fetched from a real server, typed by what they hold, kept, told; and what can't be had is told too."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from contracts.envelope import Envelope
from contracts.inbound import AttachmentFetched, MessageReceived
from contracts.values import Address, AddressKind, Attachment, Contact, Content, ContentKind
from ingest.adapters.media_http import SafeFetch
from ingest.adapters.memory import MemoryFiles
from ingest.channels.line import LINE
from ingest.domain.webhook import Draft
from ingest.entrypoints.media_worker import MediaWorker, has_files
from ingest.handlers.fetch_media import MediaRoom
from ingest.handlers.ports import MediaAccount, MediaRequest
from runtime.file_type import file_type
from runtime.ids import SystemIds
from runtime.safe_target import Target
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config
from runtime.testing.serving import serving
from runtime.work_feed import Place, Progress

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)
MAX = 4096


@dataclass
class Host:
    """A provider's file server. `answers` are taken first, by path."""

    seen: list[tuple[str, str | None]] = field(default_factory=list)
    answers: dict[str, list[Response]] = field(default_factory=dict)

    async def serve(self, request: Request) -> Response:
        self.seen.append((request.url.path, request.headers.get("authorization")))
        waiting = self.answers.get(request.url.path)
        return waiting.pop(0) if waiting else Response(PNG, media_type="text/html")


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
async def url(host: Host) -> AsyncIterator[str]:
    app = Starlette(routes=[Route("/{rest:path}", host.serve)])
    async with serving(app) as base:
        yield base


def _media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    """As Meta: where the file is, is an answer too."""
    if attachment.provider_media_id is None:
        return None
    token = {"Authorization": f"Bearer {account.secrets['channel_secret']}"}

    def then(answer: bytes) -> MediaRequest | None:
        found = json.loads(answer).get("url")
        return MediaRequest(found, token) if found else None

    return MediaRequest(f"{account.base_url}/{attachment.provider_media_id}", token, then)


CHANNEL = replace(LINE, media=_media, media_secrets=frozenset({"channel_secret"}))


@dataclass
class Inbox:
    """A feed that was given its records."""

    waiting: list[tuple[Place, Envelope]]
    finished: list[int] = field(default_factory=list)

    async def poll(self) -> list[tuple[Place, Envelope]]:
        found, self.waiting = self.waiting, []
        await asyncio.sleep(0 if found else 0.01)
        return found

    def done(self, place: Place) -> None:
        self.finished.append(place.offset)


class FixedSecrets:
    def live(self, tenant: Any, account: Any, name: str) -> tuple[str, ...]:
        return ("tok",)


@pytest.fixture
async def fetched(tenant: Any, url: str) -> AsyncIterator[Callable[..., Any]]:
    """Runs a worker over one message until its files are told."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:

        async def run(*attachments: Attachment, target: Target | None = None) -> tuple[list[Attachment], MemoryFiles]:
            files, told = MemoryFiles(), list[Draft]()
            inbox = Inbox([(Place("inbound.messages", 0, 5), _envelope(attachments))])

            async def publish(tenant: str, drafts: list[Draft]) -> None:
                told.extend(drafts)

            safe = SafeFetch(client, target or Target(allow_loopback=True), MAX)
            room = MediaRoom(
                {"line": CHANNEL},
                {"line": url},
                fixed_config(tenant),
                FixedSecrets(),
                safe,
                files,
                file_type,
                ManualClock(NOW),
            )
            worker = MediaWorker(inbox, room, publish, retry_after=(timedelta(0),) * 2)
            task = asyncio.create_task(worker.run())
            async with asyncio.timeout(10):
                while not inbox.finished:
                    await asyncio.sleep(0.01)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            events = [draft.event for draft in told]
            assert all(isinstance(event, AttachmentFetched) for event in events)
            assert [event.index for event in events] == list(range(len(attachments)))
            return [event.attachment for event in events], files

        yield run


NOW = ManualClock().now()


def _envelope(attachments: tuple[Attachment, ...]) -> Envelope:
    event = MessageReceived(
        channel="line",
        account="line-acme",
        conversation="U1",
        provider_event_id="e",
        occurred_at=NOW,
        received_at=NOW,
        contact=Contact(address=Address(kind=AddressKind.LINE_USER, value="U1")),
        provider_message_id="m",
        content=Content(kind=ContentKind.IMAGE, attachments=attachments),
    )
    return Envelope(SystemIds().new(), "acme", "ingest", NOW, event)


def by_id(name: str, **fields: Any) -> Attachment:
    return Attachment(kind=ContentKind.IMAGE, provider_media_id=name, **fields)


def by_url(where: str) -> Attachment:
    return Attachment(kind=ContentKind.IMAGE, url=where)


async def test_two_steps_with_the_accounts_secret(fetched: Any, host: Host, url: str) -> None:
    host.answers["/media-1"] = [Response(json.dumps({"url": f"{url}/file/1"}))]
    (found,), files = await fetched(by_id("media-1"))
    sha256 = hashlib.sha256(PNG).hexdigest()
    assert (found.sha256, found.size_bytes, found.mime, found.failure) == (sha256, len(PNG), "image/png", None)
    assert files.kept == {found.object_key: PNG}
    assert found.object_key.startswith("files/acme/")
    assert host.seen == [("/media-1", "Bearer tok"), ("/file/1", "Bearer tok")]


async def test_a_provider_that_is_late_or_down_is_asked_again(fetched: Any, host: Host, url: str) -> None:
    host.answers["/f"] = [Response(status_code=202), Response(status_code=503)]
    (found,), _ = await fetched(by_url(f"{url}/f"))
    assert (found.failure, len(host.seen)) == (None, 3)


@pytest.mark.parametrize(
    ("answers", "asked", "said"),
    [
        ([Response(status_code=404)], 1, "answered 404"),
        ([Response(status_code=500)] * 3, 3, "answered 500"),
        ([Response(b"x" * (MAX + 1))], 1, f"larger than {MAX} bytes"),
        ([RedirectResponse("/f")] * 6, 6, "more than 5 redirects"),
    ],
)
async def test_what_cant_be_had_is_told(
    fetched: Any, host: Host, url: str, answers: list[Response], asked: int, said: str
) -> None:
    host.answers["/f"] = list(answers)
    (found,), files = await fetched(by_url(f"{url}/f"))
    assert (found.failure, found.object_key, len(host.seen), files.kept) == (said, None, asked, {})


async def test_one_file_that_fails_costs_the_others_nothing(fetched: Any, host: Host, url: str) -> None:
    host.answers["/none"] = [Response(status_code=410)]
    host.answers["/id"] = [Response(b"{}")]
    first, second, third = (await fetched(by_url(f"{url}/none"), by_id("id"), by_url(f"{url}/there")))[0]
    assert (first.failure, second.failure, third.failure) == ("answered 410", "the provider names no file", None)


async def test_a_file_that_is_not_the_announced_one_is_refused(fetched: Any, url: str) -> None:
    (found,), files = await fetched(Attachment(kind=ContentKind.IMAGE, url=f"{url}/f", sha256="0" * 64))
    assert found.failure == "the file is not the one that was announced"
    assert files.kept == {}


@pytest.mark.parametrize(
    "where",
    ["http://127.0.0.1:9/x", "http://169.254.169.254/latest", "ftp://example.com/x", "https://a:b@example.com/"],
)
async def test_an_address_inside_is_never_asked(fetched: Any, where: str) -> None:
    (found,), _ = await fetched(by_url(where), target=Target(allow_loopback=False))
    assert "the URL" in found.failure


async def test_a_secret_does_not_follow_to_another_host(fetched: Any, host: Host, url: str) -> None:
    elsewhere = url.replace("127.0.0.1", "localhost") + "/file"
    host.answers["/media-1"] = [RedirectResponse(elsewhere)]
    host.answers["/file"] = [Response(json.dumps({"url": ""}))]
    await fetched(by_id("media-1"))
    assert host.seen == [("/media-1", "Bearer tok"), ("/file", None)]


def test_an_offset_waits_for_the_slowest_before_it() -> None:
    progress = Progress({3, 5}, 7)
    assert progress.finished == 3
    progress.open.discard(3)
    assert progress.finished == 5
    progress.open.discard(5)
    assert progress.finished == 7


def test_messages_without_files_are_passed_over_undecoded() -> None:
    assert has_files(b'{"content":{"kind":"image","attachments":[{"kind":"image"}]}}')
    assert not has_files(b'{"content":{"kind":"text","attachments":[]}}')
