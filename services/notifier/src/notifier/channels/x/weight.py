"""A post's length as X counts it. Source: X, "Counting characters" (twitter-text, configuration v3)."""

_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def weight(text: str) -> int:
    """Latin and its neighbours count one, everything else two; emoji sequences count more here than there, so never too little."""
    return sum(1 if any(low <= ord(char) <= high for low, high in _LIGHT) else 2 for char in text)
