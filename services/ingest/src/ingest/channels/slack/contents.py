"""A Slack message → Content."""

from contracts.values import Attachment, Content, ContentKind
from ingest.channels.slack.blocks import words_of
from ingest.channels.slack.mrkdwn import plain
from ingest.domain.shape import Json, count, items, one_of, optional_identity, text
from runtime.file_type import kind_of


def content_of(message: Json) -> Content:
    """A forwarded message is shown below what was said about it; without a text the blocks have the words."""
    files = tuple(attachment_of(file) for file in items(message, "files") if isinstance(file, dict))
    said = text(message, "text") or words_of(message.get("blocks"))
    words = "\n".join(filter(None, (said, _forwarded(message, alone=said is None))))
    return Content(
        kind=files[0].kind if files else ContentKind.TEXT,
        text=plain(words) if words else None,
        attachments=files,
    )


def _forwarded(message: Json, *, alone: bool) -> str | None:
    """What Slack unfolds of a link beside somebody's words is no part of them."""
    found = [one for one in items(message, "attachments") if isinstance(one, dict)]
    shared = found if alone else [one for one in found if one.get("is_share") is True]
    return "\n".join(filter(None, (one_of(one, "text", "fallback") for one in shared))) or None


def attachment_of(file: Json) -> Attachment:
    """A file of another workspace (`file_access: check_file_info`) has only its id here. External files are links."""
    gone = text(file, "mode") in ("tombstone", "hidden_by_limit")
    mime = text(file, "mimetype")
    return Attachment(
        kind=kind_of(mime),
        provider_media_id=optional_identity(file, "id"),
        url=one_of(file, "url_private_download", "url_private"),
        mime=mime,
        size_bytes=count(file, "size"),
        file_name=one_of(file, "name", "title"),
        duration_ms=count(file, "duration_ms"),
        failure="deleted at the provider" if gone else None,
    )
