from case_store.adapters.batch_shelf import Shelf, settling
from case_store.adapters.postgres_parked import PostgresParked
from runtime.unit_of_work import UnitOfWork


class BatchParked(PostgresParked):
    """Rarely used, so nothing of it is held."""

    def __init__(self, work: UnitOfWork, shelf: Shelf) -> None:
        super().__init__(work)
        self._shelf = shelf

    park_receipt = settling(PostgresParked.park_receipt)
    take_receipts = settling(PostgresParked.take_receipts)
    park_amendment = settling(PostgresParked.park_amendment)
    take_amendments = settling(PostgresParked.take_amendments)
    keep_part = settling(PostgresParked.keep_part)
    keep_unrecognised = settling(PostgresParked.keep_unrecognised)
