"""The command `madoguchi`."""

import sys

import click

from madoguchi.commands.apply import apply
from madoguchi.commands.down import down
from madoguchi.commands.settings import settings
from madoguchi.commands.token import token
from madoguchi.commands.up import up
from madoguchi.errors import told_plainly

COMMANDS = (up, down, apply, token, settings)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    try:
        with told_plainly():
            cli(standalone_mode=False)
    except click.exceptions.Exit as left:
        sys.exit(left.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
