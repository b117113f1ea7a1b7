"""What a page says, by socket or by POST: limited, made an event, answered when the broker has it."""

from ingest.channels.webchat.files import read_upload
from ingest.channels.webchat.frames import Frame, Message, Ping, Said, Seen, Typing
from ingest.channels.webchat.parse import CHANNEL, message_draft, resumed_draft, seen_drafts, typing_draft
from ingest.channels.webchat.session import Session
from ingest.domain.webhook import Draft
from ingest.entrypoints import metrics
from ingest.entrypoints.limits import CALLS, MESSAGES, RESUMES, TYPING, RateLimited
from ingest.entrypoints.webchat_door import Chat, Door
from ingest.handlers.accept_webhook import accept_drafts
from runtime.telemetry import span


async def hear(said: Said, session: Session, address: str, door: Door, chat: Chat) -> Frame | None:
    """The frame that answers it. Raises Refused, or a retryable Failure: the same `id` again is the same message."""
    match said:
        case Ping():
            return {"type": "pong"}
        case Typing():
            await _tell_typing(session, door, chat)
            return None
        case Seen():
            await chat.limits.address(session.account, address, CALLS)
            await _accept(door, seen_drafts(said, session, chat.reception.clock.now()))
            return None
        case Message():
            return await _take(said, session, address, door, chat)


async def ask(session: Session, after: int, door: Door, chat: Chat) -> None:
    """The feed's keeper will tell what follows `after`. Raises as `hear`."""
    await chat.limits.visitor(session, "resume", RESUMES)
    await _accept(door, (resumed_draft(session, after, chat.ids.new(), chat.reception.clock.now()),))


async def _take(message: Message, session: Session, address: str, door: Door, chat: Chat) -> Frame:
    await chat.limits.visitor(session, "message", MESSAGES)
    await chat.limits.address(session.account, address, CALLS)
    now = chat.reception.clock.now()
    secrets = door.session_secrets()
    files = [read_upload(token, session.visitor.id, secrets, now) for token in message.files]
    await _accept(door, (message_draft(message, files, session, now),))
    return {"type": "ack", "id": str(message.id)}


async def _tell_typing(session: Session, door: Door, chat: Chat) -> None:
    """Too often is no mistake of anybody's: it is passed over."""
    try:
        await chat.limits.visitor(session, "typing", TYPING)
    except RateLimited:
        return
    await _accept(door, (typing_draft(session, chat.ids.new(), chat.reception.clock.now()),))


async def _accept(door: Door, drafts: tuple[Draft, ...]) -> None:
    with span("webchat said", "server"):
        outgoing = await accept_drafts(door.tenant.tenant, drafts, door.reception)
    for each in outgoing:
        metrics.EVENTS.labels(CHANNEL, each.envelope.type).inc()
