"""The themes' own colours, for pictures that leave the page: only Streamlit's page replaces the stand-ins of charts."""

import tomllib
from pathlib import Path

_FILE = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"


def _read() -> dict[str, dict[str, list[str]]]:
    themes = tomllib.loads(_FILE.read_text(encoding="utf-8"))["theme"]
    return {
        name: {
            "charts": themes[name]["chartCategoricalColors"],
            "page": [themes[name][part] for part in ("backgroundColor", "textColor")],
            "border": [themes[name]["borderColor"]],
        }
        for name in ("light", "dark")
    }


THEMES = _read()  # "light" and "dark" -> "charts": the colours 1 to 6; "page": its background, its text; "border"
