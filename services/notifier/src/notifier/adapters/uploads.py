"""Files that a provider takes before the message that names them. One that no message names is seen by nobody, so asking again is safe."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from contracts.values import Attachment
from notifier.adapters.http import Doubtful, NotSent, ProviderHttp, Unsafe
from notifier.channels.carried import CarriedFile, carried
from notifier.channels.common import classify_status
from notifier.channels.provider import Channel, HttpAnswer, Outgoing, Placing, ProviderRequest, Sender, Upload, broken
from notifier.domain.outcome import Kind, Outcome
from runtime.ports import Clock

SECONDS: Final = 15.0
"""For all files of a message; a part of the lease under which it is sent."""


@dataclass(frozen=True, slots=True)
class Uploads:
    http: ProviderHttp
    clock: Clock

    async def place(
        self, channel: Channel, message: Outgoing, sender: Sender, *, begun: bool = False
    ) -> Outgoing | Outcome:
        """The message with the provider's ids of the files that it took; one that it refuses for good stays as it was, a link. A
        message that has `begun` must not become another one: there a refusal is its own.
        """
        if channel.upload is None or not message.files:
            return message
        try:
            async with asyncio.timeout(SECONDS):
                return await self._placed(channel, channel.upload, message, sender, begun=begun)
        except TimeoutError:
            return Outcome(Kind.TRANSIENT, f"{channel.capability.channel} took the files too slowly")

    async def _placed(
        self, channel: Channel, upload: Upload, message: Outgoing, sender: Sender, *, begun: bool
    ) -> Outgoing | Outcome:
        attachments: list[Attachment] = []
        placed: set[str] = set()
        for number, one in enumerate(message.content.attachments, 1):
            file = carried(one, number, message.files)
            request = upload.ask(file, one.kind, message, sender) if file is not None else None
            found = (
                await self._ask(channel, upload, request, file) if request is not None and file is not None else None
            )
            if isinstance(found, Outcome) and (begun or found.kind is not Kind.PERMANENT):
                return found
            if isinstance(found, str) and one.object_key:
                one = one.model_copy(update={"provider_media_id": found, "url": None})  # the same file, elsewhere
                placed.add(one.object_key or "")
            attachments.append(one)
        content = message.content.model_copy(update={"attachments": tuple(attachments)})
        return replace(message, content=content, placed=frozenset(placed))

    async def _ask(
        self, channel: Channel, upload: Upload, request: ProviderRequest, file: CarriedFile
    ) -> str | Outcome:
        """The provider's id of the file."""
        answer = await self._exchange(channel, request)
        if isinstance(answer, Outcome):
            return answer
        found = upload.read(answer, file)
        if found is None:
            return _refused(channel.classify(request, answer, self.clock.now()))
        if isinstance(found, str):
            return found
        return await self._carry(channel, found)

    async def _carry(self, channel: Channel, placing: Placing) -> str | Outcome:
        answer = await self._exchange(channel, placing.request)
        if isinstance(answer, Outcome):
            return answer
        if 200 <= answer.status < 300:
            return placing.media_id
        return _refused(classify_status(channel.capability.channel, answer, self.clock.now()))

    async def _exchange(self, channel: Channel, request: ProviderRequest) -> HttpAnswer | Outcome:
        match await self.http.exchange(channel.capability.channel, request, None):
            case NotSent(reason) | Doubtful(reason):
                return Outcome(Kind.TRANSIENT, f"a file was not taken: {reason}")
            case Unsafe(reason):
                return broken(reason)
            case answer:
                return answer


def _refused(outcome: Outcome) -> Outcome:
    """Nobody has seen anything yet: what would leave a message in doubt is tried again."""
    unclear = outcome.kind in (Kind.ACCEPTED, Kind.AMBIGUOUS)
    return replace(outcome, kind=Kind.TRANSIENT, ids=()) if unclear else outcome
