"""The web chat and the mobile SDK's door. Not a webhook: its own paths below `/webchat/{account}`, see the README.

Secrets of the account: `session_secret` signs what we hand out; `identity_secret` (HMAC of a user id, or JWT HS256) and
`identity_key` (a PEM public key, for JWT RS256, ES256 or EdDSA) prove who is logged in at the host site.
Options: `origins` (pages that may embed the chat, by spaces), `native: allowed` (an app, which sends no Origin),
`session_minutes` (60), `max_file_mib` (10), `jwt_issuer`, `jwt_audience`.
"""

from typing import Final

READS: Final = ("text", "image", "video", "audio", "file", "postback", "typing")
RECEIPTS: Final = ("delivered", "read")
FILE_MIB: Final = 10
"""Unless the account says otherwise."""
