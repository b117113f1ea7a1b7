"""Who wrote in which conversation, and what the answer has to name."""

from contracts.values import Address, AddressKind, Contact
from ingest.domain.shape import Json, identity, items, optional_identity, optional_part, part, text


def conversation_of(activity: Json) -> str:
    """In a channel it names the thread too: `19:…@thread.tacv2;messageid=1481567603816`."""
    return identity(part(activity, "conversation"), "id")


def message_id(conversation: str, activity_id: str) -> str:
    """An activity's id is its time in milliseconds: unique in its conversation only."""
    return f"{conversation}:{activity_id}"


def contact_of(person: Json, language: str | None = None) -> Contact:
    """`29:…` is the person as this bot knows them; the directory's id is the same for every bot of the organisation."""
    directory = optional_identity(person, "aadObjectId")
    return Contact(
        address=Address(kind=AddressKind.TEAMS_USER, value=identity(person, "id")),
        alternates=(Address(kind=AddressKind.EXTERNAL, value=directory),) if directory else (),
        display_name=text(person, "name"),
        language=language,
    )


def writer_of(activity: Json) -> Contact:
    return contact_of(part(activity, "from"), _language(activity))


def group_of(activity: Json) -> Contact:
    conversation = part(activity, "conversation")
    address = Address(kind=AddressKind.TEAMS_CONVERSATION, value=identity(conversation, "id"))
    return Contact(address=address, display_name=text(conversation, "name"))


def thread_of(activity: Json) -> dict[str, str]:
    """The conversation reference; `service_url` is the connector of the customer's region."""
    named = {
        "service_url": text(activity, "serviceUrl"),
        "conversation": conversation_of(activity),
        "bot": text(optional_part(activity, "recipient"), "id"),
        "tenant": text(optional_part(optional_part(activity, "channelData"), "tenant"), "id"),
    }
    return {name: value for name, value in named.items() if value}


def is_bot(activity: Json, person: Json) -> bool:
    """The bot itself is the recipient of everything that reaches us."""
    bot = text(optional_part(activity, "recipient"), "id")
    return person.get("role") == "bot" or (bot is not None and person.get("id") == bot)


def _language(activity: Json) -> str | None:
    """Bare locales only: `ja-JP`."""
    told = [text(activity, "locale")]
    entities = activity.get("entities")
    known = items(activity, "entities") if isinstance(entities, list) else ()
    told += [text(one, "locale") for one in known if isinstance(one, dict)]
    return next((one for one in told if one and len(one) <= 35), None)
