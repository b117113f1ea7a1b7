"""Content to Twilio's Messages resource. Source: Twilio Docs, "Messages resource"; twilio 9.13, `MessageList.create`.

The answer leaves from the number that the customer wrote to (`thread.from`), else by the account's Messaging Service, else from
`external_id`.
"""

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from contracts.values import Address, AddressKind, Content, ContentKind, Location
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.channels.twilio.choices import BODY_LIMIT, filled, template_for
from notifier.channels.whatsapp.template import fitting
from notifier.channels.words import as_words, public_url, unsupported
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.splitter import split, utf16_units

TEXT_LIMIT: Final = 1600
CAPTION_LIMIT: Final = 1024
FILES_PER_MMS: Final = 10

Part = list[tuple[str, str]]
_FILES: Final = frozenset({ContentKind.IMAGE, ContentKind.VIDEO, ContentKind.AUDIO, ContentKind.FILE})
_CAPTIONED: Final = frozenset({ContentKind.IMAGE, ContentKind.VIDEO})
_WRITABLE: Final = _FILES | {ContentKind.TEXT, ContentKind.LOCATION}


def render_sms(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    return _render(message, sender, "", _sms_parts(message.content))


def render_whatsapp(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    parts = _template(message) if message.method is Method.TEMPLATE else _asking_parts(message.content, sender.options)
    return _render(message, sender, "whatsapp:", parts)


def _render(message: Outgoing, sender: Sender, prefix: str, parts: list[Part]) -> tuple[ProviderRequest, ...] | Outcome:
    sid, token = sender.options.get("account_sid"), sender.secret("auth_token")
    origin, to = _origin(message, sender, prefix), _recipient(message.address, prefix)
    if sid is None or token is None or origin is None:
        return broken(
            f"the Twilio account '{sender.id}' lacks its option 'account_sid', its secret 'auth_token' or its external_id"
        )
    if to is None:
        return Outcome(Kind.RECIPIENT_GONE, f"Twilio can't address a {message.address.kind} here")
    if not parts:
        return unsupported("Twilio", message.content)
    callback = sender.options.get("status_callback")
    frame = [("To", to), origin, *([("StatusCallback", callback)] if callback else [])]
    headers = account_headers(sid, token)
    url = f"/2010-04-01/Accounts/{sid}/Messages.json"
    return tuple(
        ProviderRequest(url, message.method, Repeat.NEVER, headers, urlencode(frame + part).encode()) for part in parts
    )


def account_headers(sid: str, token: str) -> dict[str, str]:
    pair = base64.b64encode(f"{sid}:{token}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}


def _origin(message: Outgoing, sender: Sender, prefix: str) -> tuple[str, str] | None:
    service = sender.options.get("messaging_service_sid")
    if service and "from" not in message.thread:
        return ("MessagingServiceSid", service)
    number = message.thread.get("from") or sender.external_id
    return ("From", prefix + number.removeprefix(prefix)) if number else None


def _recipient(address: Address, prefix: str) -> str | None:
    reachable = {AddressKind.PHONE} | ({AddressKind.WHATSAPP_BSUID} if prefix else set())
    return prefix + address.value if address.kind in reachable else None


def _sms_parts(content: Content) -> list[Part]:
    """The files ride on the first part of the words."""
    if content.kind not in _WRITABLE:
        return []
    urls = [public_url(file) for file in content.attachments]
    words = as_words(content, files=len(urls) > FILES_PER_MMS)
    if None in urls or (not words and not urls):
        return []
    parts = _texts(words)
    files = [("MediaUrl", url) for url in urls if url] if len(urls) <= FILES_PER_MMS else []
    return [[*(parts[0] if parts else []), *files], *parts[1:]]


def _asking_parts(content: Content, options: Mapping[str, str]) -> list[Part]:
    """The end of the words with the choices under it, after everything else; lines where the account has no template for them."""
    template = template_for(content.quick_replies, options) if content.quick_replies and content.text else None
    if template is None or content.text is None:
        return _whatsapp_parts(content)
    *before, rest = split(content.text, TEXT_LIMIT, utf16_units)
    *more, last = split(rest, BODY_LIMIT)
    shown = _whatsapp_parts(content.model_copy(update={"text": None, "quick_replies": ()}))
    said: list[Part] = [[("Body", piece)] for piece in (*before, *more)]
    return [*shown, *said, filled(template, last, content.quick_replies)]


def _whatsapp_parts(content: Content) -> list[Part]:
    if content.kind not in _WRITABLE:
        return []
    words = as_words(content.model_copy(update={"location": None}), files=False)
    if content.kind is ContentKind.LOCATION and content.location is not None:
        return [_place(content.location), *_texts(words)]
    urls = [public_url(file) for file in content.attachments]
    if None in urls or (content.kind in _FILES and not urls):
        return []
    files: list[Part] = [[("MediaUrl", url)] for url in urls if url]
    if files and words and utf16_units(words) <= CAPTION_LIMIT and content.attachments[0].kind in _CAPTIONED:
        return [[("Body", words), *files[0]], *files[1:]]
    return [*files, *_texts(words)]


def _texts(words: str | None) -> list[Part]:
    return [[("Body", piece)] for piece in split(words or "", TEXT_LIMIT, utf16_units)]


def _place(place: Location) -> Part:
    """`geo:` with the address after a bar; the body is the place's name."""
    where = f"geo:{place.latitude},{place.longitude}" + (f"|{place.address}" if place.address else "")
    return [("Body", place.title or place.address or "📍"), ("PersistentAction", where)]


def _template(message: Outgoing) -> list[Part]:
    """The configured name is the ContentSid; its variables are numbered from 1."""
    found = fitting(message.content, message.template, message.language)
    if found is None or not found.name.startswith("HX"):
        return []
    variables = {str(number): value for number, value in enumerate(found.parameters, 1)}
    return [
        [("ContentSid", found.name), *([("ContentVariables", encode_json(variables).decode())] if variables else [])]
    ]


def fits_template(content: Content, configured: str | None, language: str) -> bool:
    found = fitting(content, configured, language)
    return found is not None and found.name.startswith("HX")
