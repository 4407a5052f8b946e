"""The scripts with which a lesson obeys keys and clickers; the policy of the server allows them by their hashes."""

from pathlib import Path

SCRIPT, EARLY = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("keys.js", "early_keys.js"))
