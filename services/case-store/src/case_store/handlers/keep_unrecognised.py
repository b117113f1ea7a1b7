from case_store.handlers.ports import Work
from contracts.envelope import Envelope
from contracts.inbound import UnrecognisedReceived


async def keep_unrecognised(event: UnrecognisedReceived, envelope: Envelope, work: Work) -> None:
    await work.parked.keep_unrecognised(envelope.id, event)
