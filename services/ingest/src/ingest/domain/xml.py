"""XML without trusting it: no document types, so no entities that explode or read files."""

from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.domain.shape import Unreadable
from ingest.domain.text import clean

MAX_FIELDS = 1_000
_MAX_DEPTH = 3


def read_xml(body: bytes) -> dict[str, str]:
    """The texts of the root's children by name, clean, and of theirs as `Child.Grandchild`; the first of a name counts.

    Raises Unreadable.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unreadable("the body is not safe XML") from None
    found: dict[str, str] = {}
    level = [("", root)]
    for _ in range(_MAX_DEPTH):
        level = [(f"{name}{one.tag}", one) for name, parent in level for one in parent if isinstance(one.tag, str)]
        for name, one in level:
            found.setdefault(name, clean(one.text or ""))
        level = [(f"{name}.", one) for name, one in level]
        if len(found) > MAX_FIELDS or len(level) > MAX_FIELDS:
            raise Unreadable(f"the body has more than {MAX_FIELDS} elements")
    return found
