"""What type a file is, by its name."""

_EXTENSIONS = {
    "image": "png gif webp bmp tiff heic avif",
    "video": "mp4 webm mpeg",
    "audio": "ogg aac flac wav",
    "application": "pdf zip json rtf xml",
    "text": "csv html css",
}
_TYPES = {
    **{extension: f"{top}/{extension}" for top, names in _EXTENSIONS.items() for extension in names.split()},
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "svg": "image/svg+xml",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "amr": "audio/amr",
    "txt": "text/plain",
    "htm": "text/html",
    "md": "text/markdown",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def type_by_name(file_name: str) -> str | None:
    """By the extension, for providers that tell no type. A table of our own: the system's differs from machine to machine."""
    return _TYPES.get(file_name.rpartition(".")[2].lower())
