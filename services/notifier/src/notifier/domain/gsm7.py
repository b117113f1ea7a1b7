"""The letters that a text message carries in 7 bits. Source: 3GPP TS 23.038, "GSM 7 bit Default Alphabet" and its extension table."""

from typing import Final

from notifier.domain.splitter import Measure, utf16_units

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
_KNOWN: Final = _BASIC | _EXTENDED


def is_gsm7(text: str) -> bool:
    return _KNOWN.issuperset(text)


def septets(text: str) -> int:
    """Of a text in the alphabet: its extension costs an escape."""
    return len(text) + sum(char in _EXTENDED for char in text)


def sms_measure(text: str, segments: int) -> tuple[int, Measure]:
    """How much of this text fits into so many joined segments, and how it is counted: one letter outside the alphabet makes all of
    it UCS-2.
    """
    return (153 * segments, septets) if is_gsm7(text) else (67 * segments, utf16_units)
