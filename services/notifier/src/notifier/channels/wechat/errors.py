"""What WeChat's `errcode` means. Source: WeChat, "Global return codes"; "Customer service messages"."""

from typing import Final

from notifier.domain.outcome import Kind

TOKEN_ENDED: Final = frozenset({40001, 40014, 42001, 42007})
_KINDS: Final = {
    Kind.TRANSIENT: frozenset({-1}),
    Kind.THROTTLED: frozenset({45009, 45011}),
    Kind.WINDOW_CLOSED: frozenset({45015, 45047}),
    Kind.RECIPIENT_GONE: frozenset({40003, 43004, 43019, 43101, 46004, 48002, 50005}),
    Kind.CHANNEL_BROKEN: frozenset(
        {40002, 40013, 40125, 40164, 41001, 41002, 41004, 48001, 48004, 50001, 50002, 61004, 61007, 89503}
    ),
}


def kind_of(code: int) -> Kind | None:
    """None: permanent."""
    return next((kind for kind, codes in _KINDS.items() if code in codes), None)
