"""How a command ends without doing what it was asked: one sentence on stderr and an exit status."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from madoguchi.apply.mistakes import ConfigWrong
from madoguchi.stack import StackError
from runtime.errors import Failure


class Stop(click.ClickException):
    """`exit_code` is 1: asked for correctly, but it could not be done."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Failures that the house can name become a sentence; task groups are looked through."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except BaseExceptionGroup as group:
        raise _plain(_first(group)) from group
    except (StackError, Failure, ConfigWrong) as error:
        raise _plain(error) from error


def _plain(error: BaseException) -> BaseException:
    match error:
        case StackError():
            return Stop(error.message)
        case Failure():
            return Stop(error.sentence)
        case ConfigWrong():
            return Stop("the configuration has mistakes\n" + "\n".join(map(str, error.mistakes)))
    return error


def _first(group: BaseException) -> BaseException:
    leaves = list(_leaves(group))
    named = (leaf for leaf in leaves if isinstance(leaf, StackError | Failure | ConfigWrong | click.ClickException))
    return next(named, leaves[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
