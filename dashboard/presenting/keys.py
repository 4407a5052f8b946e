"""The script with which a lesson obeys keys and clickers; the policy of the server allows it by its hash."""

from pathlib import Path

SCRIPT = Path(__file__).with_name("keys.js").read_text(encoding="utf-8")
