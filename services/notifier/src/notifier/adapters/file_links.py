"""Links of ours in place of files that only we have, for providers and people who fetch what a message names."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from contracts.values import Attachment, Content
from notifier.adapters.attached import key_of
from notifier.domain.file_link import LinkedFile, link_token, read_link

_MIME: Final = re.compile(r"[a-z0-9-]{1,40}/[A-Za-z0-9.+-]{1,80}")
_USE: Final = b"madoguchi links to files"
ANY_MIME: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FileLinks:
    """`base`: how the public reaches this service, https; None: no links. `keys` are those of sealing, the newest first."""

    base: str | None
    keys: Sequence[bytes] = field(repr=False)
    life: timedelta

    def in_place(self, tenant: str, content: Content, asked_at: datetime) -> Content:
        """What lies in our storage has our link as its URL, the same in every attempt; everything else stays."""
        if self.base is None or not self.keys or not content.attachments:
            return content
        linked = tuple(self._linked(tenant, one, asked_at + self.life) for one in content.attachments)
        return content.model_copy(update={"attachments": linked})

    def read(self, token: str, now: datetime) -> LinkedFile | None:
        return read_link(token, [_derived(key) for key in self.keys], now)

    def _linked(self, tenant: str, file: Attachment, until: datetime) -> Attachment:
        key = key_of(tenant, file)
        if key is None:
            return file
        mime = file.mime if file.mime and _MIME.fullmatch(file.mime) else ANY_MIME
        name = (file.file_name or "file").replace("/", "_")
        token = link_token(LinkedFile(key, mime, name, until), _derived(self.keys[0]))
        return file.model_copy(update={"url": f"{self.base}/files/{token}/{quote(name, safe='')}"})


def _derived(key: bytes) -> bytes:
    """A key for one use gives no other away."""
    return hmac.digest(key, _USE, "sha256")
