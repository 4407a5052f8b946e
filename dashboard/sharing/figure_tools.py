"""The script that enlarges, saves and copies figures; the policy of the server allows it by its hash."""

import json
from pathlib import Path

from dashboard.charts.themes import THEMES

SCRIPT = (
    Path(__file__).with_name("figure_tools.js").read_text(encoding="utf-8").replace("THEMES", json.dumps(THEMES), 1)
)
