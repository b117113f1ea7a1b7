"""Instagram messaging, replies out. Secret: `access_token`."""

from typing import Final

from contracts.values import AddressKind
from notifier.channels.instagram.capability import CAPABILITY
from notifier.channels.meta.classify import classifier
from notifier.channels.meta.render import Platform, renderer
from notifier.channels.meta.sign import signer
from notifier.channels.provider import Channel
from notifier.domain.splitter import utf8_bytes

_PLATFORM: Final = Platform(
    "Instagram", AddressKind.INSTAGRAM_USER, 1000, utf8_bytes, marks=False, stickers=False, asks_by_files=False
)
INSTAGRAM: Final = Channel(
    CAPABILITY,
    frozenset({"access_token"}),
    renderer(_PLATFORM),
    classifier("instagram", "Instagram"),
    sign=signer(AddressKind.INSTAGRAM_USER),
)
