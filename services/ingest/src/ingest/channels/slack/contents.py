"""A Slack message → Content."""

from contracts.values import Attachment, Content, ContentKind
from ingest.channels.slack.mrkdwn import plain
from ingest.domain.media import kind_of
from ingest.domain.shape import Json, count, identity, items, one_of, text


def content_of(message: Json) -> Content:
    """A message without words of its own may be one that was forwarded: then its quoted text is shown."""
    files = tuple(attachment_of(file) for file in items(message, "files") if isinstance(file, dict))
    words = text(message, "text") or _forwarded(message)
    return Content(
        kind=files[0].kind if files else ContentKind.TEXT,
        text=plain(words) if words else None,
        attachments=files,
    )


def _forwarded(message: Json) -> str | None:
    shared = [one for one in items(message, "attachments") if isinstance(one, dict)]
    return "\n".join(filter(None, (one_of(one, "text", "fallback") for one in shared))) or None


def attachment_of(file: Json) -> Attachment:
    """A file of another workspace (`file_access: check_file_info`) has only its id here. External files are links."""
    gone = text(file, "mode") in ("tombstone", "hidden_by_limit")
    mime = text(file, "mimetype")
    return Attachment(
        kind=kind_of(mime),
        provider_media_id=identity(file, "id"),
        url=one_of(file, "url_private_download", "url_private"),
        mime=mime,
        size_bytes=count(file, "size"),
        file_name=one_of(file, "name", "title"),
        duration_ms=count(file, "duration_ms"),
        failure="deleted at the provider" if gone else None,
    )
