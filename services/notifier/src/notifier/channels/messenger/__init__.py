"""Facebook Messenger, replies out. Secret: `access_token`, of the page."""

from typing import Final

from contracts.values import AddressKind
from notifier.channels.messenger.capability import CAPABILITY
from notifier.channels.messenger.upload import UPLOAD
from notifier.channels.meta.classify import classifier
from notifier.channels.meta.render import Platform, renderer
from notifier.channels.meta.sign import signer
from notifier.channels.provider import Channel

_PLATFORM: Final = Platform(
    "Messenger", AddressKind.MESSENGER_USER, 2000, len, marks=True, stickers=True, asks_by_files=True
)
MESSENGER: Final = Channel(
    CAPABILITY,
    frozenset({"access_token"}),
    renderer(_PLATFORM),
    classifier("messenger", "Messenger"),
    sign=signer(AddressKind.MESSENGER_USER),
    upload=UPLOAD,
)
