"""Twilio, Vonage."""

from urllib.parse import urlencode

from variant_row import FORM, Row

CALL = {"CallSid": "CA1", "AccountSid": "AC1", "From": "+14017122661", "To": "+14158141829", "Direction": "inbound"}
SMS = {"MessageSid": "SM1", "From": "whatsapp:+14017122661", "To": "whatsapp:+14158141829", "Body": "hi"}
TWILIO = [
    *(
        Row(
            "twilio_voice",
            f"nobody took the call that was passed on: {said}",
            'Twilio, "TwiML Voice: <Dial>", DialCallStatus',
            urlencode({**CALL, "CallStatus": "in-progress", "DialCallStatus": said}),
            {"content.call.status": "missed", "provider_message_id": f"CA1:dial-{said}"},
            FORM,
        )
        for said in ("no-answer", "busy", "failed", "canceled")
    ),
    Row(
        "twilio_voice",
        "somebody took the call that was passed on",
        'Twilio, "TwiML Voice: <Dial>", DialCallDuration',
        urlencode({**CALL, "CallStatus": "in-progress", "DialCallStatus": "completed", "DialCallDuration": "40"}),
        {"content.call": {"id": "CA1", "status": "completed", "duration_ms": 40_000}},
        FORM,
    ),
    Row(
        "twilio_whatsapp",
        "by way of an advertisement",
        'Twilio, "Messaging webhooks, WhatsApp-specific parameters", Referral…',
        urlencode({**SMS, "ReferralSourceId": "1", "ReferralSourceType": "ad", "ReferralCtwaClid": "c"}),
        {
            "thread.referral": '{"CtwaClid":"c","SourceId":"1","SourceType":"ad"}',
            "thread.from": "whatsapp:+14158141829",
        },
        FORM,
    ),
]
VONAGE_KNOWN = {
    "message_uuid": "aaaa",
    "to": "447700900000",
    "from": "447700900001",
    "timestamp": "2026-02-02T16:12:13.123Z",
}
VONAGE = [
    Row(
        "vonage_sms",
        "by Messenger, whose ids are digits",
        'Vonage, "Messages API, inbound message, Messenger"',
        {**VONAGE_KNOWN, "from": "0123456789", "channel": "messenger", "message_type": "text", "text": "hi"},
        {"contact.address": {"kind": "messenger_user", "value": "0123456789"}, "conversation": "0123456789"},
    ),
    Row(
        "vonage_sms",
        "an MMS of several parts",
        'Vonage, "Messages API, inbound message, MMS", content',
        {
            **VONAGE_KNOWN,
            "channel": "mms",
            "message_type": "content",
            "content": [{"type": "image", "url": "https://e.example/1.png"}, {"type": "text", "text": "see"}],
        },
        {
            "content.kind": "image",
            "content.text": "see",
            "content.attachments": [{"kind": "image", "url": "https://e.example/1.png"}],
        },
    ),
    Row(
        "vonage_sms",
        "a row of a list, in answer to a message",
        'Vonage, "Messages API, inbound message, WhatsApp", reply',
        {
            **VONAGE_KNOWN,
            "channel": "whatsapp",
            "message_type": "reply",
            "reply": {"id": "row1", "title": "9am"},
            "context": {"message_uuid": "bbbb"},
        },
        {"content.payload": "row1", "content.text": "9am", "content.reply_to": "bbbb"},
    ),
    Row(
        "vonage_sms",
        "an order",
        'Vonage, "Messages API, inbound message, WhatsApp", order',
        {
            **VONAGE_KNOWN,
            "channel": "whatsapp",
            "message_type": "order",
            "order": {"catalog_id": "1", "text": "please"},
        },
        {"content.kind": "postback", "content.text": "please", "content.payload": '{"catalog_id":"1","text":"please"}'},
    ),
    Row(
        "vonage_sms",
        "a card",
        'Vonage, "Messages API, inbound message, WhatsApp", contact',
        {
            **VONAGE_KNOWN,
            "channel": "whatsapp",
            "message_type": "contact",
            "contact": {"contacts": [{"name": {"formatted_name": "佐藤"}}]},
        },
        {"content.kind": "contact_card", "content.text": "佐藤"},
    ),
]
TELEPHONE = [*TWILIO, *VONAGE]
