"""Compressed RTF, as Outlook keeps a mail's body. Source: MS-OXRTFCP."""

import struct
from typing import Final

MAX_BYTES: Final = 4 * 1024 * 1024
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW: Final = 4096
_KNOWN: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""Both sides begin with these words."""


def decompressed(content: bytes) -> bytes:
    """Up to MAX_BYTES. Raises ValueError or struct.error for what is none."""
    size, kind = struct.unpack_from("<xxxxII", content)
    if kind == _PLAIN:
        return content[16 : 16 + min(size, MAX_BYTES)]
    if kind != _COMPRESSED:
        raise ValueError("no compressed RTF")
    return _expanded(content[16:], min(size, MAX_BYTES))


def _expanded(content: bytes, size: int) -> bytes:
    """A byte of flags before each eight items: a byte as it is, or twelve bits of place and four of length."""
    window = bytearray(_KNOWN.ljust(_WINDOW, b"\0"))
    out, at, written = bytearray(), 0, len(_KNOWN)
    while at < len(content) and len(out) < size:
        flags, at = content[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                piece, at = content[at : at + 1], at + 1
            else:
                place, at = int.from_bytes(content[at : at + 2], "big"), at + 2
                if place >> 4 == written % _WINDOW:
                    return bytes(out[:size])
                piece = b""
                for step in range((place & 15) + 2):
                    byte = window[((place >> 4) + step) % _WINDOW]
                    window[(written + step) % _WINDOW] = byte
                    piece += bytes((byte,))
            for byte in piece:
                window[written % _WINDOW] = byte
                written += 1
            out += piece
    return bytes(out[:size])
