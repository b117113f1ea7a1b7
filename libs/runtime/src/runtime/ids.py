"""Identities: UUIDv7 for what we create, UUIDv5 for what a provider already named."""

import os
import time
from hashlib import sha1
from typing import Final
from uuid import UUID

NAMESPACE: Final = UUID("9f2c1f0a-6f8e-5b0e-9a77-6d61646f6775")
_NAMESPACE: Final = NAMESPACE.bytes


def uuid7(unix_ms: int, randomness: bytes) -> UUID:
    """RFC 9562 version 7 from milliseconds since 1970 and 10 random bytes."""
    value = (unix_ms & ((1 << 48) - 1)) << 80 | int.from_bytes(randomness, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def event_id(*parts: str) -> UUID:
    """The same parts give the same id on every machine, for ever."""
    return UUID(event_id_text(*parts))


def event_id_text(*parts: str) -> str:
    """`uuid5` in its usual spelling, without the objects between; made for every event of the router."""
    digest = sha1(_NAMESPACE + "|".join(parts).encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


class SystemIds:
    def new(self) -> UUID:
        return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def file_key(tenant: str, sha256: str) -> str:
    """One file of a tenant is stored once, however often it comes."""
    return f"files/{tenant}/{sha256[:2]}/{sha256}"


def is_file_of(tenant: str, key: str) -> bool:
    """Whether the object is one of this tenant's, whoever wrote the key."""
    return key.startswith(f"files/{tenant}/") and ".." not in key
