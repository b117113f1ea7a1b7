from typing import Final

from notifier.channels.mail.capability import mail_capability
from notifier.domain.capability import Bucket
from notifier.domain.delivery import Repeat

CAPABILITY: Final = mail_capability("email", "", Repeat.SAFE, "Message-ID", Bucket(rate=20, burst=20), receipts=True)
