"""Every kind of decision there is: each folder beside this file that has a `decision.py` with a DECISION in it."""

from scenarios.decisions.decision import Decision, Parameter
from scenarios.discovery import discover

DECISIONS: dict[str, Decision] = dict(
    sorted(discover("scenarios.decisions", "decision", Decision).items(), key=lambda item: item[1].order)
)


def _parameters() -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for decision in DECISIONS.values():
        for parameter in decision.parameters:
            if parameter.name in found:
                raise ValueError(f"decision {decision.name!r}: another one has a parameter {parameter.name!r} already")
            found[parameter.name] = parameter
    return found


PARAMETERS = _parameters()  # parameters of all decisions, by name
_NONE = Decision(name="", classes=0, measure=lambda predictions, y: {}, fields={})


def decision_named(name: str) -> Decision:
    """Return a kind of decision; the one called "" is without measures.

    Raises
    ------
    ValueError
        If no folder has that name.
    """
    if name and name not in DECISIONS:
        raise ValueError(f"unknown decision {name!r}; known: {', '.join(map(repr, DECISIONS))}, or '' for none")
    return DECISIONS.get(name, _NONE)
