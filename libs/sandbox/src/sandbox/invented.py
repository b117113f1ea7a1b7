"""Invented people and pictures, the same for the same id every time."""

import hashlib
import struct
import zlib

_FAMILY = (
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "松本",
    "井上",
    "木村",
)
_GIVEN = ("陽葵", "蓮", "凛", "湊", "結菜", "蒼", "紬", "樹", "さくら", "翔太", "美咲", "健太", "葵", "大輔", "由美")


def display_name(user_id: str) -> str:
    digest = hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).digest()
    return f"{_FAMILY[digest[0] % len(_FAMILY)]} {_GIVEN[digest[1] % len(_GIVEN)]}"


def content_png(message_id: str) -> bytes:
    """A valid 1 x 1 PNG whose colour is the id's."""
    colour = hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).digest()[:3]
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(b"\0" + colour)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
