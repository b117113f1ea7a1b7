from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from case_store.domain.case import Case, CaseStatus
from case_store.domain.lifecycle import Ask, Filing, Step, decide_filing

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def case(status: CaseStatus, *, resolved_before: timedelta | None = None, asked: bool = True) -> Case:
    resolved_at = NOW - resolved_before if resolved_before is not None else None
    return Case(UUID(int=1), UUID(int=2), status, NOW - timedelta(days=30), resolved_at, asked)


OPEN = case(CaseStatus.OPEN)
STANDBY_ONLY = case(CaseStatus.OPEN, asked=False)
YESTERDAY = case(CaseStatus.RESOLVED, resolved_before=timedelta(days=1))
A_WEEK_AGO = case(CaseStatus.RESOLVED, resolved_before=WEEK)
LONG_AGO = case(CaseStatus.RESOLVED, resolved_before=WEEK + timedelta(milliseconds=1))


@pytest.mark.parametrize(
    ("current", "standby", "expected"),
    [
        (None, False, Filing(Step.OPEN, Ask.WORK)),
        (None, True, Filing(Step.OPEN, Ask.NOTHING)),
        (OPEN, False, Filing(Step.APPEND, Ask.CUSTOMER_WROTE)),
        (OPEN, True, Filing(Step.APPEND, Ask.NOTHING)),
        (STANDBY_ONLY, False, Filing(Step.APPEND, Ask.WORK)),
        (YESTERDAY, False, Filing(Step.REOPEN, Ask.WORK)),
        (YESTERDAY, True, Filing(Step.APPEND, Ask.NOTHING)),
        (A_WEEK_AGO, False, Filing(Step.REOPEN, Ask.WORK)),
        (LONG_AGO, False, Filing(Step.OPEN, Ask.WORK)),
        (LONG_AGO, True, Filing(Step.OPEN, Ask.NOTHING)),
    ],
)
def test_a_message_goes_where_the_case_says(current: Case | None, standby: bool, expected: Filing) -> None:
    assert decide_filing(current, wrote_at=NOW, reopen_within=WEEK, standby=standby) == expected


def test_a_message_written_before_the_case_was_resolved_reopens_it() -> None:
    late = decide_filing(YESTERDAY, wrote_at=NOW - timedelta(days=2), reopen_within=timedelta(0), standby=False)
    assert late.step is Step.REOPEN
