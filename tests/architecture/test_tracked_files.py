"""What is committed works on any machine: no package registry's host, no download address, no path of the machine it was made on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written in pieces, as this file is tracked too.
HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "repo" + "1.maven.org",
    "repo.maven" + ".apache.org",
)
MORE_HOSTS = ("crates" + ".io", "proxy.golang" + ".org", "central.sona" + "type.com", "yarn" + "pkg.com")
PLACES = ("/" + "work/main", "/" + "work/shared", "/" + "work/.", "/" + "root/", "/home/" + "runner", "/Us" + "ers/")
ARCHIVE = re.compile(r"https?://[^\s\"')]+\.(?:whl|jar|tgz|tar\.gz|zip)\b")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def breaches(text: str) -> list[str]:
    hosts = [f"a registry's host ({host})" for host in (*HOSTS, *MORE_HOSTS) if host in text]
    places = [f"a path of one machine ({place})" for place in PLACES if place in text]
    return hosts + places + [f"a download address ({found})" for found in ARCHIVE.findall(text)]


def test_tracked_files_name_no_registry_and_no_machine() -> None:
    found = []
    for file in tracked():
        try:
            found += [f"{file.relative_to(ROOT)}: {what}" for what in breaches(file.read_text("utf-8"))]
        except UnicodeDecodeError:
            continue
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", [f"index = https://{HOSTS[0]}/simple", f"cd {PLACES[0]}", "https://example.com/kafka-4" + ".tgz"]
)
def test_a_planted_breach_is_found(text: str) -> None:
    assert breaches(text)
    assert not breaches("https://docs.example.com/page.html, ./relative/path")
