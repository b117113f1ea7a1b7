"""The command `madoguchi`."""

import logging
import sys
from typing import Final

import click

from madoguchi.bugs import where_told
from madoguchi.errors import told_plainly
from madoguchi.lazy import LazyGroup

COMMANDS: Final = {
    "up": "Start everything on this machine.",
    "down": "Stop what `up` started.",
    "demo": "Play one customer's story from webhook to read receipt, and check it.",
    "apply": "Check a tenant's folder of YAML files and put it into force.",
    "token": "Print an access token for the local house's APIs.",
    "key": "Make, list and revoke API keys.",
    "send": "Write as a customer, signed as the provider signs.",
    "trace": "Follow one message through all services.",
    "simulate": "Play made-up work through a configuration, and hold it against another.",
    "dlq": "List, show and redrive dead letters.",
    "settings": "Print the one table of settings.",
    "channels": "Print what every channel can do.",
    "new-channel": "Begin a channel from the template.",
}


@click.group(
    cls=LazyGroup,
    package="madoguchi.commands",
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="madoguchi-cli", prog_name="madoguchi")
def cli() -> None:
    """Madoguchi (窓口): one counter for every channel a customer writes on.

    \b
    Begin here:
      madoguchi up                            start everything on this machine
      madoguchi send line "返金したいです"      write as a customer
      madoguchi trace <message id>            follow that message through the house
      madoguchi down                          stop everything

    Exit status: 0 done, 1 could not be done, 2 asked for wrongly. Errors are one sentence on stderr.
    """


def main() -> None:
    # Clients log what they retry; here only the outcome matters, and that is told.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        with told_plainly():
            status = cli(standalone_mode=False)
    except click.exceptions.Exit as left:
        sys.exit(left.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # the last place that can say it in one sentence
        click.echo(f"Error: this is a bug of ours: {type(error).__name__}: {error}{where_told(error)}", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
