"""What somebody wrote in the WhatsApp Business app, or Meta's agent, under the same number: the customer has it already.

Meta, "smb_message_echoes webhook reference".
"""

from collections.abc import Iterator

from contracts.inbound import MessageEchoed, MessageEdited, MessageUnsent
from ingest.channels.whatsapp.contents import content_of, edited_content
from ingest.channels.whatsapp.messages import Change, Message
from ingest.channels.whatsapp.people import sender_of
from ingest.domain.shape import Json, identity, optional_part, part, text
from ingest.domain.webhook import Draft

BY, BY_AGENT = "WhatsApp Business app", "Meta Business Agent"


def echo_of(told: Json, change: Change) -> Iterator[Draft]:
    """The person is the recipient here. Of Meta's own agent the message is told as the request that sent it."""
    echo = {**optional_part(told, "message"), **told}
    person = {
        "from": echo.get("to") or echo.get("recipient_id"),
        "from_user_id": echo.get("to_user_id") or echo.get("recipient"),
    }
    common = Message(echo, change).common(sender_of(person, change.value).contact())
    match text(echo, "type"):
        case "edit":
            edit = part(echo, "edit")
            content = edited_content(part(edit, "message"))
            original = identity(edit, "original_message_id")
            yield Draft(MessageEdited(**common, provider_message_id=original, content=content))
        case "revoke":
            original = identity(part(echo, "revoke"), "original_message_id")
            yield Draft(MessageUnsent(**common, provider_message_id=original))
        case "reaction":
            return
        case _:
            content, wamid = content_of(echo), identity(echo, "id")
            by = BY_AGENT if change.standby else BY
            yield Draft(MessageEchoed(**common, provider_message_id=wamid, content=content, by=by))
