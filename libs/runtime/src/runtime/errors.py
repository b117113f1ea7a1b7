"""The closed set of failures. Each has a stable code, a sentence for the operator and says whether trying again can help."""


class Failure(Exception):
    """Anything we can name that went wrong. Every other exception is a bug."""

    code = "failure"
    retryable = False

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class DependencyDown(Failure):
    """Broker, database or cache can't be reached now. Nothing was done."""

    code = "dependency_down"
    retryable = True


class OutcomeUnknown(Failure):
    """It may have happened. Whoever asked should ask again with the same id."""

    code = "outcome_unknown"
    retryable = True


class Fenced(Failure):
    """Somebody else owns this partition now; drop everything and stop."""

    code = "fenced"


class Refused(Failure):
    """The caller's fault. `status` is the HTTP answer, `pointer` the JSON pointer of the offending field."""

    def __init__(self, code: str, sentence: str, *, status: int = 409, pointer: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
        self.pointer = pointer


class Malformed(Refused):
    """The request can't be read as what it claims to be."""

    def __init__(
        self, sentence: str, *, code: str = "malformed", status: int = 422, pointer: str | None = None
    ) -> None:
        super().__init__(code, sentence, status=status, pointer=pointer)


class NotFound(Refused):
    """No such thing in this tenant; another tenant's looks the same."""

    def __init__(self, what: str, id: object) -> None:
        super().__init__(f"{what}_not_found", f"there is no {what.replace('_', ' ')} {id}", status=404)
