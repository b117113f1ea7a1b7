"""The bytes of a message's attachments, fetched after the message is safe. What can't be had is told; the message stays as it is."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from contracts.config import ChannelAccount, TenantConfig
from contracts.inbound import AttachmentFetched, MessageReceived
from contracts.values import Attachment
from ingest.domain.identity import file_key
from ingest.domain.webhook import Draft
from ingest.handlers.ports import Accounts, Channel, Fetched, MediaAccount, MediaHttp, MediaRequest, NotFetched, Secrets
from runtime.errors import DependencyDown
from runtime.ports import Clock, Files

MAX_STEPS: Final = 4
RETRY_AFTER: Final = tuple(timedelta(seconds=wait) for wait in (2, 10, 60, 300, 900))
"""Providers keep media for hours at least; some prepare it for minutes (LINE's videos)."""


@dataclass(frozen=True, slots=True)
class MediaRoom:
    """`api_urls` by channel: where the providers' APIs are here. `type_of` a file: by its content, else as the second argument says."""

    channels: Mapping[str, Channel]
    api_urls: Mapping[str, str]
    accounts: Accounts
    secrets: Secrets
    http: MediaHttp
    files: Files
    type_of: Callable[[bytes, str | None], str]
    clock: Clock


def wanting(event: MessageReceived) -> list[int]:
    """The numbers of the attachments whose bytes are still the provider's."""
    return [
        index
        for index, one in enumerate(event.content.attachments)
        if one.object_key is None and (one.provider_media_id or one.url)
    ]


async def fetch_attachment(
    tenant: str, event: MessageReceived, attachment: Attachment, room: MediaRoom
) -> Attachment | NotFetched:
    """With its `object_key` when it is safe with us."""
    request = _request(tenant, event, attachment, room)
    if isinstance(request, NotFetched):
        return request
    for _ in range(MAX_STEPS):
        found = await room.http.fetch(request)
        if isinstance(found, NotFetched):
            return found
        if request.then is None:
            return await _keep(tenant, attachment, found, room)
        following = request.then(found.content)
        if following is None:
            return NotFetched("the provider names no file", final=True)
        request = following
    return NotFetched(f"the file is more than {MAX_STEPS} requests away", final=True)


def told(event: MessageReceived, index: int, attachment: Attachment, clock: Clock) -> Draft:
    now = clock.now()
    fetched = AttachmentFetched(
        channel=event.channel,
        account=event.account,
        conversation=event.conversation,
        provider_event_id=f"{event.provider_message_id}/{index}",
        occurred_at=now,
        received_at=now,
        provider_message_id=event.provider_message_id,
        index=index,
        attachment=attachment,
    )
    return Draft(fetched)


def _request(tenant: str, event: MessageReceived, attachment: Attachment, room: MediaRoom) -> MediaRequest | NotFetched:
    channel, found = room.channels.get(event.channel), room.accounts.account(event.account)
    if channel is None or found is None or found[0].tenant != tenant:
        return NotFetched("the channel account is gone", final=True)
    if channel.media is not None:
        try:
            request = channel.media(attachment, _account(*found, channel, room))
        except DependencyDown as error:
            return NotFetched(error.sentence, final=False)
        if request is not None:
            return request
    if attachment.url is None:
        return NotFetched("the provider gives no way to fetch it", final=True)
    return MediaRequest(attachment.url)


def _account(tenant: TenantConfig, account: ChannelAccount, channel: Channel, room: MediaRoom) -> MediaAccount:
    secrets = {
        name: room.secrets.live(tenant, account, name)[0] for name in channel.media_secrets if name in account.secrets
    }
    return MediaAccount(account.external_id, account.options, room.api_urls.get(channel.name, ""), secrets)


async def _keep(tenant: str, attachment: Attachment, found: Fetched, room: MediaRoom) -> Attachment | NotFetched:
    """Typed by what it holds, not by what anybody says of it."""
    sha256 = hashlib.sha256(found.content).hexdigest()
    if attachment.sha256 not in (None, sha256):
        return NotFetched("the file is not the one that was announced", final=False)
    key = file_key(tenant, sha256)
    await room.files.put(key, found.content)
    mime = room.type_of(found.content, found.mime or attachment.mime)
    changes = {"object_key": key, "sha256": sha256, "size_bytes": len(found.content), "mime": mime, "failure": None}
    return attachment.model_copy(update=changes)
