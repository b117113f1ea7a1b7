"""What a reply may bring along: files that are in this tenant's storage, or places where the receiver's provider finds them."""

from contracts.values import Content
from runtime.errors import Refused
from runtime.ids import is_file_of
from runtime.ports import Files


async def check_attached(content: Content, tenant: str, files: Files) -> None:
    """Raises Refused 422 `file_unknown` with the place of a file that isn't here or is another tenant's; DependencyDown."""
    for index, one in enumerate(content.attachments):
        key = one.object_key
        if key is not None and not (is_file_of(tenant, key) and await files.has(key)):
            raise Refused(
                "file_unknown",
                "There is no such file: upload it by POST /v1/files.",
                status=422,
                pointer=f"/content/attachments/{index}/object_key",
            )
