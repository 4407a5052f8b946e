"""Licences of the product's dependencies, from the metadata of the installed packages.

`python -m tests.dependency_licenses` writes `THIRD_PARTY_LICENSES.md`; with `--sbom FILE` it checks a CycloneDX file
against the environment that it runs in.
"""

import json
import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LISTS = ("requirements.txt", ".hosting/cluster-requirements.txt")
TABLE = ROOT / "THIRD_PARTY_LICENSES.md"

# Compatible with distributing an Apache-2.0 work that depends on them. MPL-2.0 binds changes of its own files only, and
# none is changed here.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0",
    "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
# Packages whose metadata name no licence: the licence, and its source.
READ_BY_HAND = {"namex": ("Apache-2.0", "its metadata name none; the LICENSE file in its wheel is Apache-2.0")}
# Packages that other platforms install instead of one that is installed here: the same project under another name.
SAME_PROJECT = {"tensorflow": "tensorflow-cpu", "tensorflow-cpu": "tensorflow"}
# Packages of one platform only, by the licence that their metadata name.
ONE_PLATFORM = {"uvloop": "MIT", "watchdog": "Apache-2.0"}
# Packages of Python 3.11 only.
ONE_PYTHON = {"importlib-metadata": "Apache-2.0", "lazy-importer": "Apache-2.0", "zipp": "MIT"}
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def pins(path: Path) -> dict[str, set[str]]:
    """Return the pinned versions of each package in a list, without the lists that it includes."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", path.read_text(encoding="utf-8")):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


def license_in(fields: metadata.PackageMetadata, name: str) -> str:
    """Return the SPDX expression of a package's metadata, "" if they name no licence.

    The order is that of precision: an SPDX expression, a short licence field, the classifiers.
    """
    expression, free = fields.get("License-Expression") or "", (fields.get("License") or "").strip()
    classifiers = [each.rpartition(" :: ")[2] for each in fields.get_all("Classifier") or [] if "License ::" in each]
    if expression:
        return expression
    if free and len(free) <= 40 and "\n" not in free:
        return SPDX.get(free, free)
    if classifiers:
        return " AND ".join(sorted({SPDX.get(each, each) for each in classifiers}))
    return READ_BY_HAND.get(name, ("", ""))[0]


def license_of(name: str) -> tuple[str, str] | None:
    """Return the version and the licence of an installed package, None if it is not installed."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    return distribution.version, license_in(distribution.metadata, name)


def is_allowed(expression: str) -> bool:
    """Whether every licence of an expression is on the list, including alternatives."""
    licenses = [part.strip(" ()") for part in re.split(r"\b(?:AND|OR)\b", expression)]
    return all(each in ALLOWED for each in licenses)


def table() -> str:
    """Return the text of `THIRD_PARTY_LICENSES.md`."""
    names = sorted({name for each in LISTS for name in pins(ROOT / each)})
    rows = []
    for name in names:
        known = license_of(name) or license_of(SAME_PROJECT.get(name, name))
        expression = known[1] if known else ONE_PLATFORM.get(name) or ONE_PYTHON.get(name) or ""
        note = READ_BY_HAND.get(name, ("", ""))[1]
        rows.append(f"| {name} | {expression or 'UNKNOWN'} | {note} |")
    return "\n".join(
        [
            "# Licences of the dependencies",
            "",
            "Quick Study is Apache-2.0 and contains no code of these packages: pip installs them, each with its own",
            "licence file. A container image holds copies of them. `python -m tests.dependency_licenses` writes this",
            "list from the metadata of the installed packages; tests compare the two and refuse a licence that is not",
            "in `ALLOWED` there. Wheels with compiled code may bundle libraries under further licences, such as the",
            "GCC runtime under GPL-3.0 with the GCC exception: see the licence files in each `.dist-info` folder.",
            "",
            "| package | licence (SPDX) | note |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def complete_sbom(path: Path) -> list[str]:
    """Add licences that the tool did not recognise to a CycloneDX file. Return what it still lacks."""
    bom = json.loads(path.read_text(encoding="utf-8"))
    components = {(canonicalize_name(each["name"]), each.get("version")): each for each in bom["components"]}
    problems = []
    for distribution in metadata.distributions():
        name = canonicalize_name(distribution.metadata["Name"])
        component = components.get((name, distribution.version))
        if component is None:
            problems.append(f"{name} {distribution.version} is not listed")
        elif not component.get("licenses"):
            expression = license_in(distribution.metadata, name)
            if expression:
                component["licenses"] = [{"license": {"name": expression}}]
            else:
                problems.append(f"{name} {distribution.version} has no licence")
    path.write_text(json.dumps(bom, indent=2) + "\n", encoding="utf-8")
    return problems


def main(arguments: list[str]) -> int:
    """Write the table, or check the file after `--sbom`. Return the exit code."""
    if arguments[:1] == ["--sbom"]:
        problems = complete_sbom(Path(arguments[1]))
        listed = len(json.loads(Path(arguments[1]).read_text(encoding="utf-8"))["components"])
        print(
            "\n".join(f"sbom: {problem}" for problem in problems) or f"sbom: {listed} packages with version and licence"
        )
        return 1 if problems else 0
    TABLE.write_text(table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
