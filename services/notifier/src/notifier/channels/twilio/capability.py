from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

BASE_URL: Final = "https://api.twilio.com"

SMS: Final = Capability(
    channel="twilio_sms",
    base_url=BASE_URL,
    methods=(Method.PUSH,),
    kinds=("text", "image, video, audio, file (MMS)", "location (as a link)"),
    text_limit="1,600 UTF-16 units a message, 10 files",
    window="none",
    idempotency="none; a receipt decides",
    repeat={Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=10, burst=100),
    per_recipient=None,
    receipts=True,
)
WHATSAPP: Final = Capability(
    channel="twilio_whatsapp",
    base_url=BASE_URL,
    methods=(Method.FREE_FORM, Method.TEMPLATE),
    kinds=(
        "text",
        "image",
        "video",
        "audio",
        "file",
        "location",
        "template",
        "quick replies (by content templates of the account, else as lines)",
    ),
    text_limit="1,600 UTF-16 units a message, one file",
    window="free-form within 24 h of the customer's last message, else a template (ContentSid)",
    idempotency="none; a receipt decides",
    repeat={Method.FREE_FORM: Repeat.NEVER, Method.TEMPLATE: Repeat.NEVER},
    per_account=Bucket(rate=80, burst=80),
    per_recipient=None,
    signs=(ChatSignal.TYPING,),
    signs_url="https://messaging.twilio.com",
    receipts=True,
)
