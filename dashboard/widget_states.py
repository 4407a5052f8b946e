"""Drop widget values that no widget could have sent, before Streamlit or a page reads them.

A browser sends the state of its widgets with every message, and Streamlit trusts the type of each: a search box that
is sent a truth value raises an error deep inside the page. A dropped value leaves its widget as it was.
"""

from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.state.common import WidgetMetadata, is_element_id, unpack_widget_state_value
from streamlit.runtime.state.session_state import Serialized, SessionState

MOST_WIDGETS = 300  # widgets in one message: the largest page has some 40
LONGEST_ID = 300  # characters
_MARK = "_quick_study_widget_states"
# Streamlit's static table of kinds calls a trigger any of these.
_TRIGGERS = frozenset({"trigger_value", "string_trigger_value", "json_trigger_value"})


def install() -> None:
    """Check values when a message arrives, and again when a widget takes one. A second call changes nothing."""
    receive, register = SessionState.set_widgets_from_proto, SessionState.register_widget
    if hasattr(receive, _MARK):
        return

    def set_widgets_from_proto(session: SessionState, widget_states: WidgetStates) -> None:
        receive(session, _credible(session, widget_states))

    def register_widget(session: SessionState, metadata: WidgetMetadata[Any], user_key: str | None) -> Any:
        states = session._new_widget_state.states
        state = states.get(metadata.id)
        if isinstance(state, Serialized) and not _fits(state.value, metadata):
            del states[metadata.id]
        return register(session, metadata, user_key)

    setattr(set_widgets_from_proto, _MARK, True)
    SessionState.set_widgets_from_proto = set_widgets_from_proto  # type: ignore[method-assign, assignment]
    SessionState.register_widget = register_widget  # type: ignore[method-assign, assignment]


def _credible(session: SessionState, widget_states: WidgetStates) -> WidgetStates:
    """Return the states that widgets of this session may have sent.

    A session without widgets accepts those of a browser that reconnects after the server was restarted.
    """
    known = session._new_widget_state.widget_metadata
    credible = WidgetStates()
    for state in widget_states.widgets[:MOST_WIDGETS]:
        if len(state.id) > LONGEST_ID or not is_element_id(state.id):
            continue
        metadata = known.get(state.id)
        if _fits(state, metadata) if metadata else not known:
            credible.widgets.append(state)
    return credible


def _fits(state: WidgetState, metadata: WidgetMetadata[Any]) -> bool:
    """Return whether a state is of its widget's kind and can be read."""
    kind, expected = state.WhichOneof("value"), metadata.value_type
    if kind is not None and expected is not None and kind != expected and not {kind, expected} <= _TRIGGERS:
        return False
    try:
        metadata.deserializer(unpack_widget_state_value(state))
    except Exception:  # a forged value may break a widget in any way
        return False
    return True
