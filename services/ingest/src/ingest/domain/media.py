"""What kind of content a file is, by its declared type."""

from contracts.values import ContentKind

_BY_TYPE = {"image": ContentKind.IMAGE, "video": ContentKind.VIDEO, "audio": ContentKind.AUDIO}


def kind_of(mime: str | None) -> ContentKind:
    return _BY_TYPE.get((mime or "").partition("/")[0].lower(), ContentKind.FILE)
