"""What a page is shown: lines of its feed as frames, each attachment behind a link of its own."""

from contracts.chat import ChatLine
from contracts.values import Attachment
from ingest.channels.webchat.files import download_token
from ingest.channels.webchat.frames import Frame, told_frame
from ingest.entrypoints.webchat_door import Door
from runtime.ids import file_key


def shown(line: ChatLine, door: Door) -> Frame:
    return told_frame(line, [_link(one, door) for one in line.content.attachments])


def _link(attachment: Attachment, door: Door) -> str:
    """Our own files by a link of an hour; only of this tenant, whatever a key says."""
    if attachment.object_key is None:
        return attachment.url or ""
    sha256 = attachment.object_key.rpartition("/")[2]
    if attachment.object_key != file_key(door.tenant.tenant, sha256):
        return ""
    token = download_token(attachment, door.session_secrets()[0], door.reception.clock.now())
    return f"{door.reception.public_url}/webchat/{door.account.id}/files/{token}"
