"""A text put into the template that the tenant configured for closed windows."""

from typing import Any, Final

from contracts.values import Content, ContentKind, Template

PARAMETER_LIMIT: Final = 1024


def fitting(content: Content, configured: str | None, language: str) -> Template | None:
    """The message as a template, or None. `configured` is `name` or `name:language`; its body has the one variable {{1}}.

    Meta refuses parameters with line breaks, tabs or more than four spaces in a row, so white space is folded.
    """
    if content.kind is ContentKind.TEMPLATE:
        return content.template
    if configured is None or content.kind is not ContentKind.TEXT:
        return None
    folded = " ".join((content.text or "").split())
    if not folded or len(folded) > PARAMETER_LIMIT:
        return None
    name, _, own_language = configured.partition(":")
    return Template(name=name, language=own_language or language, parameters=(folded,))


def fits(content: Content, configured: str | None, language: str) -> bool:
    return fitting(content, configured, language) is not None


def as_json(template: Template) -> dict[str, Any]:
    part: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if template.parameters:
        parameters = [{"type": "text", "text": one} for one in template.parameters]
        part["components"] = [{"type": "body", "parameters": parameters}]
    return part
