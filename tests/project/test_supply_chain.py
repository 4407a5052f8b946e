"""Promise: installs are verified, licences are compatible, and checks report what they did not do."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dashboard.hosting import doctor
from tests import dependency_licenses as licenses
from tests.live_server import ROOT

LISTS = ("requirements.txt", ".hosting/cluster-requirements.txt", "tests/requirements.txt", ".ci/tools.txt")
on_posix = pytest.mark.skipif(os.name != "posix", reason="these are for a POSIX shell")


def entries(name: str) -> list[str]:
    """The entries of a list, each with the lines that it goes on over."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_is_pinned_and_hashed(name: str):
    packages = [line for line in entries(name) if not line.startswith("-r ")]
    assert len(packages) > 10
    pinned = re.compile(r"[\w.-]+==[\w.!+]+( ;[^;]+?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [line[:60] for line in packages if not pinned.fullmatch(line)] == []
    for line in set(entries(name)) - set(packages):
        assert ((ROOT / name).parent / line.removeprefix("-r ")).resolve() == ROOT / "requirements.txt"


@pytest.mark.parametrize("name", LISTS)
def test_no_list_names_a_place_to_download_from(name: str):
    """The index is the user's choice, and the hashes hold for every mirror."""
    options = ("index-url", "find-links", "trusted-host", "://", " @ ")
    assert [each for each in options if each in (ROOT / name).read_text(encoding="utf-8")] == []


def test_pins_satisfy_the_ranges_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for name, ranges in (
        ("requirements.txt", project["dependencies"]),
        (".hosting/cluster-requirements.txt", extras["cluster"]),
        ("tests/requirements.txt", extras["test"] + extras["lint"]),
    ):
        pins = licenses.pins(ROOT / name)
        for requirement in map(Requirement, ranges):
            versions = pins[canonicalize_name(requirement.name)]
            assert versions, requirement
            assert all(version in requirement.specifier for version in versions), (requirement, versions)


def test_the_lists_agree_on_the_versions_of_packages_in_several():
    seen: dict[str, set[str]] = {}
    for name in LISTS:
        for package, versions in licenses.pins(ROOT / name).items():
            assert seen.setdefault(package, versions) == versions, (name, package)


def test_the_self_check_reads_every_pin_and_no_hash():
    read = [Requirement(line) for line in doctor._pins(ROOT / "requirements.txt")]
    versions: dict[str, set[str]] = {}
    for each in read:
        versions.setdefault(canonicalize_name(each.name), set()).add(str(each.specifier).removeprefix("=="))
    assert versions == licenses.pins(ROOT / "requirements.txt")
    assert any(each.marker is not None for each in read)


def test_pip_refuses_a_file_whose_hash_is_not_listed(tmp_path: Path):
    """pip verifies hashes unasked when a list has them, as the README's command relies on."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this environment has no pip")
    (tmp_path / "six-1.17.0-py2.py3-none-any.whl").write_bytes(b"PK forged")
    [pin] = [line for line in entries("requirements.txt") if line.startswith("six==")]
    (tmp_path / "list.txt").write_text(pin, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--isolated",
        "--no-index",
        "--no-deps",
        "--find-links",
        tmp_path,
    ]
    done = subprocess.run(
        [*command, "-d", tmp_path / "to", "-r", tmp_path / "list.txt"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "HASHES" in done.stderr


def test_the_container_installs_only_verified_files():
    recipe = (ROOT / ".hosting" / "Containerfile").read_text(encoding="utf-8")
    installs = re.findall(r"(?m)^RUN .*pip install.*$", recipe)
    assert installs
    assert all("--require-hashes" in line for line in installs)
    assert all(f"{name}" in recipe for name in ("requirements.txt", ".hosting/cluster-requirements.txt"))


def test_every_dependency_has_a_licence_on_the_list():
    rows = dict(re.findall(r"(?m)^\| ([\w.-]+) \| (.+?) \| .*\|$", licenses.TABLE.read_text(encoding="utf-8")))
    del rows["package"]
    pinned = {name for each in licenses.LISTS for name in licenses.pins(ROOT / each)}
    assert set(rows) == pinned, "renew it: python -m tests.dependency_licenses"
    assert [name for name, license in rows.items() if not licenses.is_allowed(license)] == []


def test_the_list_of_licences_is_that_of_the_installed_packages():
    rows = dict(re.findall(r"(?m)^\| ([\w.-]+) \| (.+?) \| .*\|$", licenses.TABLE.read_text(encoding="utf-8")))
    compared = 0
    for each in licenses.LISTS:
        for name, versions in licenses.pins(ROOT / each).items():
            known = licenses.license_of(name)
            if known is None:
                continue
            version, license = known
            assert licenses.is_allowed(license), (name, version, license)
            if versions == {version}:
                compared += 1
                assert rows[name] == license, "renew it: python -m tests.dependency_licenses"
    assert compared > 30


@pytest.mark.parametrize(
    "expression", ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "Proprietary", "MIT OR SSPL-1.0", "", "UNKNOWN"]
)
def test_a_licence_that_is_not_on_the_list_is_refused(expression: str):
    assert not licenses.is_allowed(expression)
    assert licenses.is_allowed("MPL-2.0 AND (Apache-2.0 OR MIT)")


def test_a_licence_is_read_by_hand_only_where_the_metadata_name_none():
    for name, (license, reason) in licenses.READ_BY_HAND.items():
        assert licenses.is_allowed(license)
        assert reason
        fields = licenses.metadata.metadata(name)
        assert licenses.license_in(fields, "not in the table") == ""


def test_the_bill_of_materials_lacks_nothing_that_is_installed(tmp_path: Path):
    path = tmp_path / "sbom.json"
    installed = {each.metadata["Name"]: each.version for each in licenses.metadata.distributions()}
    components = [{"name": name, "version": version} for name, version in installed.items()]
    path.write_text(json.dumps({"components": components}), encoding="utf-8")
    assert licenses.complete_sbom(path) == []
    assert all(each["licenses"] for each in json.loads(path.read_text(encoding="utf-8"))["components"])
    path.write_text(
        json.dumps({"components": [each for each in components if each["name"].lower() != "six"]}), encoding="utf-8"
    )
    [problem] = licenses.complete_sbom(path)
    assert re.fullmatch(r"six \S+ is not listed", problem)


STUB = """#!{python}
import json, os, sys, time
mode = os.environ["STUB"]
if mode == "silent":
    sys.exit("no answer")
source, target = (sys.argv[sys.argv.index(flag) + 1] for flag in ("-r", "-o"))
pins = [line.strip().split("==") for line in open(source)]
packages = [{{"name": name, "version": version, "vulns": []}} for name, version in pins]
for package in packages:
    if mode == "vulnerable" and package["name"] == "pillow":
        package["vulns"] = [{{"id": "PYSEC-0000-1", "fix_versions": ["99.0"]}}]
    if mode == "partial" and package["name"] == "pillow":
        del package["vulns"]
        package["skip_reason"] = "unknown"
with open(target, "w") as file:
    json.dump({{"dependencies": packages}}, file)
sys.exit(mode == "vulnerable")
"""


@on_posix
@pytest.mark.parametrize(
    ("mode", "code", "end"),
    [
        ("fine", 0, r"audit: passed \(\d+ packages, no known vulnerability\)"),
        ("vulnerable", 1, r"audit: FAILED \(1 vulnerable packages\)"),
        ("silent", 3, r"audit: NOT DONE \(no answer\)"),
        ("partial", 3, r"audit: NOT DONE for 1 of \d+ packages: pillow==\S+"),
    ],
)
def test_the_audit_passes_only_if_every_package_was_looked_up(tmp_path: Path, mode: str, code: int, end: str):
    for name in (*LISTS, ".ci/audit", ".ci/tools"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    tool = tmp_path / "build" / "tools" / "bin" / "pip-audit"
    tool.parent.mkdir(parents=True)
    tool.write_text(STUB.format(python=sys.executable), encoding="utf-8")
    tool.chmod(0o755)
    shutil.copy(ROOT / ".ci" / "tools.txt", tmp_path / "build" / "tools" / "installed.txt")
    done = subprocess.run(
        [tmp_path / ".ci" / "audit"], env=os.environ | {"STUB": mode}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert re.fullmatch(end, done.stdout.splitlines()[-1]), done.stdout
    assert ("PYSEC-0000-1, fixed in 99.0" in done.stdout) == (mode == "vulnerable")


@on_posix
def test_the_checks_repeat_at_the_end_that_the_audit_was_not_done(tmp_path: Path):
    """The part of .ci/run that decides, with an audit that did not get an answer, and with one that found something."""
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    part = text[text.index("audit_code=0") : text.index(".ci/sbom")]
    (tmp_path / ".ci").mkdir()
    audit = tmp_path / ".ci" / "audit"
    for code, last in ((3, "audit: NOT DONE (no answer)"), (1, "audit: FAILED (1 vulnerable packages)")):
        audit.write_text(f"#!/bin/sh\necho something\necho '{last}'\nexit {code}\n")
        audit.chmod(0o755)
        program = f"set -euo pipefail\n{part}\necho 'the tests'\n"
        done = subprocess.run(["bash", "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert (done.returncode == 0) == (code == 3)
        assert ("the tests" in done.stdout) == (code == 3)
        assert done.stdout.splitlines()[-1] == last


def test_the_policy_names_a_private_way_to_report_and_what_is_not_defended():
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in policy
    assert "@" not in policy, "there is no address for mail"
    for heading in ("Supported versions", "Report a vulnerability", "Threat model"):
        assert f"## {heading}" in policy
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
