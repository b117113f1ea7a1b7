"""Text as Kafka, Postgres and JSON readers can all hold it."""


def clean(text: str) -> str:
    """Without NUL (Postgres refuses it); a surrogate without its partner (no UTF-8 has one) becomes U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
