"""The panel of every kind of decision: each folder beside this file that has a `panel.py` with a PANEL in it."""

from dashboard.views.decisions.decision_panel import DecisionPanel
from scenarios.decisions.catalog import DECISIONS
from scenarios.discovery import discover


def _panels() -> dict[str, DecisionPanel]:
    found = discover("dashboard.views.decisions", "panel", DecisionPanel)
    if lonely := sorted(found.keys() ^ DECISIONS.keys()):
        raise ValueError(
            f"a decision is a folder in scenarios/decisions and one in dashboard/views/decisions; only one: {lonely}"
        )
    return {name: found[name] for name in DECISIONS}


PANELS: dict[str, DecisionPanel] = _panels()
