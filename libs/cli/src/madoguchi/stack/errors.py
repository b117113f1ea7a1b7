"""What can go wrong while the local stack starts or stops."""


class StackError(Exception):
    """A stack problem with a stable code and one sentence for the person at the keyboard."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def first_stack_error(group: BaseException) -> BaseException:
    """The StackError inside a task group's failure, or the first failure of all."""
    leaves = list(_leaves(group))
    return next((leaf for leaf in leaves if isinstance(leaf, StackError)), leaves[0])


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
