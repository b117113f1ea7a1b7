"""What moving a contact point to another customer does to the cases of both."""

from enum import StrEnum

from case_store.domain.case import Case


class CaseFate(StrEnum):
    """Of the previous customer's open case."""

    STAYS = "stays"
    MOVES = "moves"
    MERGES = "merges"
    CONFLICTS = "conflicts"


def decide_fate(previous: Case | None, target: Case | None, *, concerned: bool, may_merge: bool) -> CaseFate:
    """`previous` and `target` are the open cases. `concerned`: the contact point wrote in the case, or was the customer's last one."""
    if previous is None or not concerned:
        return CaseFate.STAYS
    if target is None:
        return CaseFate.MOVES
    return CaseFate.MERGES if may_merge else CaseFate.CONFLICTS
