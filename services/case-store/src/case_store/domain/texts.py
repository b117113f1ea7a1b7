from collections.abc import Mapping


def text_for(texts: Mapping[str, str], *languages: str | None) -> str:
    """In the first of these languages that there is, `ja` serving for `ja-JP`; else in the first that was written."""
    by_language = {language.lower(): text for language, text in texts.items()}
    for language in filter(None, languages):
        for name in (language.lower(), language.lower().partition("-")[0]):
            if name in by_language:
                return by_language[name]
    return next(iter(texts.values()))
