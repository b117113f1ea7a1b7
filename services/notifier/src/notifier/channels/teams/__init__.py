"""Microsoft Teams, replies out. Secret: `app_password`; `external_id` (or option `app_id`): the app id.

Options: `tenant_id` of a single-tenant app; `service_hosts`, further hosts of connectors, by commas.
"""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.teams.capability import CAPABILITY
from notifier.channels.teams.classify import classify
from notifier.channels.teams.grant import GRANT
from notifier.channels.teams.render import render
from notifier.channels.teams.sign import sign

TEAMS: Final = Channel(CAPABILITY, frozenset({"app_password"}), render, classify, GRANT, sign=sign)
