"""The bytes of a message's files, from object storage, for channels that send them along."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.values import Attachment, Content
from runtime.ids import is_file_of
from runtime.ports import Files


@dataclass(frozen=True, slots=True)
class AttachedFiles:
    """`files` is None where no object storage is configured: then everything goes as a link."""

    files: Files | None

    async def of(self, tenant: str, content: Content, limit: int) -> Mapping[str, bytes]:
        """By object key; those of the first attachments that fit into `limit` bytes in all. Raises DependencyDown."""
        found: dict[str, bytes] = {}
        for one in content.attachments:
            key = key_of(tenant, one)
            room = limit - sum(map(len, found.values()))
            if key is None or self.files is None or (one.size_bytes or 0) > room:
                continue
            content_of_it = await self.files.get(key)
            if content_of_it is not None and len(content_of_it) <= room:
                found[key] = content_of_it
        return found


def key_of(tenant: str, attachment: Attachment) -> str | None:
    """Of this tenant's files only, whoever wrote the key."""
    key = attachment.object_key or ""
    return key if is_file_of(tenant, key) else None
