"""Promise: whatever a browser sends, or stops to send, is its own affair: others go on, and nothing piles up."""

import json
import random
from collections import deque
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import quote, quote_plus

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.query_params import QueryParams, sanitize_query_string
from websockets.exceptions import ConnectionClosed

from dashboard import permalink
from dashboard.permalink import View
from tests.live_server import LiveServer, wait_until
from tests.screen.test_pages import CURVES, NAME, PAGES
from tests.screen.test_permalink import PARTS, assert_within_limits
from tests.visitor import Screen, Visitor

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1)) :red[danger] $x^2$ `code` **b**"
SIGNS = ("alert(1)", ":red[danger]", "$x^2$", "`code`")  # of what must not be shown


@pytest.fixture(scope="module")
def room() -> Iterator[LiveServer]:
    """A server of this file's own, for what others had better not share."""
    server = LiveServer()
    yield server
    server.close()


@pytest.fixture
def bystander(room: LiveServer) -> Iterator[Visitor]:
    """An honest visitor, who notices nothing of the attacks."""
    with Visitor(room.address) as visitor:
        visitor.open("glossary", seed=11)
        yield visitor
        screen = visitor.write("glossary_search", "task")
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert visitor.address()["seed"] == "11"
    with Visitor(room.address, "zh-CN") as newcomer:
        assert well(newcomer.open("glossary"))


def well(screen: Screen) -> bool:
    assert (screen.errors(), screen.crashes()) == ([], [])
    return True


# -- a connection that breaks -----------------------------------------------------------------------------------------


def test_a_visit_whose_connection_broke_in_the_middle_of_an_adaptation_goes_on_where_it_was(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open("glossary", seed=77, shots=1)  # for which the worker compiles what a forged value asks for below
        visitor.begin(page_script_hash=visitor.hash_of(CURVES[0]))  # whose answer the worker has yet to find
        visitor.drop()
        screen = visitor.come_back()
        assert well(screen)
        assert (visitor.address()["seed"], visitor.address()["shots"]) == ("77", "1")

        def is_there() -> bool:
            """The end of the run that was broken off may have come first, and been taken for that of the next."""
            screen = visitor.again() if visitor.is_on(CURVES[0]) else visitor.go_to(CURVES[0])
            shown = any("fits_chart" in chart.id for chart in screen.elements("plotly_chart"))
            return well(screen) and shown and bool(visitor.query)  # which turning the page has emptied

        wait_until(is_there, "the answer does not come")
        link = visitor.query
    with Visitor(server.address) as other:
        assert well(other.open(CURVES[0], **dict(pair.split("=") for pair in link.split("&"))))
        assert other.query == link, "a new visit from the address shows the same"


def test_a_training_outlives_a_connection_that_breaks(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open("train", about=NAME, meta_steps=20000, train_tasks=30)
        assert "cancel_training" in keys(visitor.press("start_training"), "button")
        visitor.press("pause_training")
        visitor.drop()
        screen = visitor.come_back()
        assert well(screen)
        assert "resume_training" in keys(screen, "button")
        visitor.press("cancel_training")


def test_a_session_that_nobody_knows_begins_anew(server: LiveServer):
    for name in ("x", "0" * 36, "a" * 5000):
        with Visitor(server.address) as visitor:
            assert well(visitor.open("glossary", session=name, seed=5))
            assert visitor.address()["seed"] == "5"


def keys(screen: Screen, kind: str) -> set[str]:
    return {element.id.rsplit("-", 1)[1] for element in screen.elements(kind)}


# -- hundreds of them -------------------------------------------------------------------------------------------------

VISITS, REMEMBERED = 500, 128  # sessions that Streamlit keeps for reconnections
LEFT = ("resources", "glossary", "train")  # pages that are left while they run


def holds(process: psutil.Process) -> tuple[int, int, float]:
    """Threads, open files and connections, megabytes."""
    files = process.num_fds() if hasattr(process, "num_fds") else 0
    return process.num_threads(), files, process.memory_info().rss / 2**20


def come_and_go(room: LiveServer, times: int) -> None:
    """Some see their page, most are gone in the middle of it or before, with and without a word."""
    for turn in range(times):
        with Visitor(room.address) as visitor:
            if turn % 20 == 0:
                visitor.open("resources")
            else:
                visitor.connect()
                if turn % 4 < 2:
                    visitor.begin(page_name=LEFT[turn % len(LEFT)])
                if turn % 2:
                    visitor.drop()


def test_hundreds_of_visits_leave_nothing_behind(room: LiveServer, bystander: Visitor):
    with Visitor(room.address) as visitor:
        for page in LEFT:
            visitor.open(page)  # imported modules stay, and are no leak
    come_and_go(room, REMEMBERED + 22)
    threads, files, memory = holds(room.process)
    come_and_go(room, VISITS - REMEMBERED - 22)
    wait_until(lambda: holds(room.process)[0] <= threads + 5, f"threads stay: {holds(room.process)} after {threads}")
    wait_until(lambda: holds(room.process)[1] <= files + 5, f"files stay: {holds(room.process)} after {files}")
    assert holds(room.process)[2] < memory + 25, "which is 70 kB for each visit"
    assert room.log().count("Traceback") == 0


# -- addresses --------------------------------------------------------------------------------------------------------

VALUES = [
    "", "\x00", "\r\n", "٥", "５", "五", "²", "1e999", "NaN", "-inf", "-0", "-1", "0x10", "1_0", " 7", "7 ", "+7",
    "9" * 5000, "5", "zh", "zh-CN", "EN", "../../x", "{tasks}", "%s", "a" * 65, "1~2", "1~2_3~nan", "_" * 999,
    "~" * 999, MARKUP,
    "true", "None", "[]", "__class__", "\U0010ffff", "🙂", "\u202e",
]  # fmt: skip
BROKEN = ["%", "%zz", "%u0041", "%ff%fe", "%C0%AF", "%E4%BD", "+++", "%2526", "%00", "=&=&=", "&&&&", "a;b", "?" * 99,
          "&".join(["seed=1"] * 200)]  # fmt: skip
FUZZED, AT_ONCE = 1000, 20


def fuzzed(rng: random.Random) -> str:
    """A query string of anything, in any encoding or in none."""
    names = [*PARTS, *map(str.upper, PARTS), "x", "", "page_name", "embed"]

    def value() -> str:
        text = rng.choice(VALUES) + "".join(chr(rng.randrange(0x2FFF)) for _ in range(rng.choice((0, 0, 1, 9))))
        return rng.choice((quote, quote_plus, str, lambda text: text.encode().decode("latin-1")))(text)

    pairs = [f"{rng.choice(names)}={value()}" for _ in range(rng.randrange(6))]
    return rng.choice("&&;").join([*pairs, *rng.sample(BROKEN, rng.choice((0, 0, 1)))])


@given(seed=st.integers(0, 2**32))
@settings(max_examples=FUZZED // AT_ONCE, deadline=None)
def test_no_query_string_is_an_error_and_none_leads_out_of_the_limits(seed: int):
    rng = random.Random(seed)
    for _ in range(AT_ONCE):
        query = fuzzed(rng)
        view, refused = permalink.read(as_streamlit_reads(query), View())
        assert_within_limits(view)
        assert set(refused) <= set(PARTS)
        assert permalink.read(view.as_query(), View(lang=view.lang)) == (view, ()), query


def as_streamlit_reads(query: str) -> dict[str, str]:
    params = QueryParams()
    params.populate_from_query_string(sanitize_query_string(query))
    return {name: params[name] for name in params}


def test_dozens_of_hostile_addresses_open_their_page_within_the_limits(room: LiveServer, bystander: Visitor):
    rng = random.Random(0)
    with Visitor(room.address) as visitor:
        visitor.open("resources")
        for _ in range(60):
            visitor.query = fuzzed(rng)
            assert well(visitor.again()), visitor.query
            assert permalink.read(visitor.address(), View())[1] == (), visitor.query
            assert_shows_no_markup(visitor.screen)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_stands_every_part_of_an_address_that_is_nonsense_or_another_pages(server: LiveServer, page: str):
    with Visitor(server.address) as visitor:
        assert well(visitor.open(page, **dict.fromkeys(PARTS, MARKUP), x=MARKUP))
        assert_shows_no_markup(visitor.screen)
        named = {"about": "nowhere", "question": "no-such", "one": "nobody", "other": "nobody-else", "strategy": "anil"}
        assert well(visitor.open(page, **named, points="1~1_2~2", step=5, budget=12, train_tasks=30))


@pytest.mark.parametrize("name", ["nowhere", "../../etc/passwd", MARKUP, "\x00", "a" * 100_000, "dashboard/app.py"])
def test_a_page_that_there_is_not_is_the_first_one(server: LiveServer, name: str):
    with Visitor(server.address) as visitor:
        assert well(visitor.open(name))
        assert "open_how" in keys(visitor.screen, "button")
        assert_shows_no_markup(visitor.screen)


def assert_shows_no_markup(screen: Screen) -> None:
    everything = "".join(str(delta) for delta in screen.deltas.values())
    assert not [sign for sign in SIGNS if sign in everything]


@pytest.mark.parametrize("page", ["faq", "glossary"])
def test_what_is_typed_into_a_search_is_looked_for_and_never_shown(server: LiveServer, page: str):
    with Visitor(server.address) as visitor:
        visitor.open(page)
        for typed in (MARKUP, "x" * 5 * 10**5, "\x00\ud7ff", "(" * 999, "\\", "%s {0} {__class__}", "ﷺ" * 10**5):
            screen = visitor.write(f"{page}_search", typed)
            assert well(screen)
            assert not [sign for sign in SIGNS if sign in screen.words()]


# -- messages that no browser sends -----------------------------------------------------------------------------------


def rerun(**fields: object) -> BackMsg:
    message = BackMsg()
    message.rerun_script.SetInParent()
    for name, value in fields.items():
        setattr(message.rerun_script, name, value)
    return message


def many_widgets(count: int) -> BackMsg:
    message = rerun()
    message.rerun_script.widget_states.widgets.extend(
        WidgetState(id=f"$$ID-{number:032x}-choose_seed", string_value="x") for number in range(count)
    )
    return message


MEGABYTE = 2**20
CLOSING = {  # messages that end their sender's connection
    "text": "hello",
    "bytes of anything": bytes(range(256)),
    "the beginning of a message": rerun(query_string="seed=1").SerializeToString()[:-1],
    "thirty megabytes": rerun(query_string="9" * 30 * MEGABYTE).SerializeToString(),
    "sixty megabytes": bytes(60 * MEGABYTE),
}
BORING = {  # messages that the server answers or ignores
    "nothing": b"",
    "a page of a hash that there is not": rerun(page_script_hash="f" * 64).SerializeToString(),
    "a hash that is none": rerun(page_script_hash=MARKUP * 1000).SerializeToString(),
    "a part of a page that there is not": rerun(fragment_id="0" * 64).SerializeToString(),
    "ten thousand widgets that there are not": many_widgets(10_000).SerializeToString(),
    "an order to shut down": BackMsg(debug_shutdown_runtime=True).SerializeToString(),
    "an order to forget": BackMsg(clear_cache=True).SerializeToString(),
    "an order to run on every change": BackMsg(set_run_on_save=True).SerializeToString(),
    "a question about our repository": BackMsg(load_git_info=True).SerializeToString(),
    "an order to stop": BackMsg(stop_script=True).SerializeToString(),
}


@pytest.mark.parametrize("what", CLOSING)
def test_who_breaks_the_rules_is_shut_out_and_nobody_else(room: LiveServer, bystander: Visitor, what: str):
    with Visitor(room.address) as visitor:
        visitor.open("glossary")
        with pytest.raises(ConnectionClosed):
            visitor.send_and_listen(CLOSING[what])


@pytest.mark.parametrize("what", BORING)
def test_a_message_that_makes_no_sense_disturbs_nobody(room: LiveServer, bystander: Visitor, what: str):
    with Visitor(room.address) as visitor:
        visitor.open("glossary")
        visitor.send(BORING[what])
    assert room.process.is_running()


# -- values that no widget has ----------------------------------------------------------------------------------------

# Together in one message, they stay within what the server takes of one.
WORDS = ["", MARKUP, "\x00", "٥", "nan", "__class__", "5" * 6 * 10**4]
NUMBERS = [float("inf"), float("nan"), -1e308, 1e9, 1e-320]
POINTS: list[object] = [
    None, "x", [], {}, {"x": "<b>"}, {"x": None, "y": None, "customdata": None}, {"x": [1], "y": {}},
    {"x": 1e308, "y": -1e308, "customdata": [1e30]}, {"x": 10**4000, "y": 1, "customdata": -(10**4000)},
]  # fmt: skip
SELECTIONS = [
    *({"points": [point]} for point in POINTS), {}, {"points": None}, {"points": {"a": 1}},
    {"points": [{"x": 1, "y": 1, "customdata": 1}] * 10_000},
]  # fmt: skip


def forged(kind: str, element: object) -> list[WidgetState]:
    """Values of the kind that a widget sends, as none would send them."""
    if kind == "slider" and not element.options:
        lists = [*([number] for number in NUMBERS), [], [1.0, 2.0], [1.0] * 10**4]
        return [_state(element, "double_array_value", values) for values in lists]
    if kind in ("slider", "button_group"):
        return [_state(element, "string_array_value", values) for values in [*([w] for w in WORDS), [], ["5", "6"]]]
    if kind in ("text_input", "selectbox"):
        return [WidgetState(id=element.id, string_value=word) for word in WORDS]
    if kind == "plotly_chart":
        return [WidgetState(id=element.id, string_value=json.dumps({"selection": chosen})) for chosen in SELECTIONS]
    return []


def _state(element: object, field: str, values: list) -> WidgetState:
    state = WidgetState(id=element.id)
    getattr(state, field).data.extend(values)
    getattr(state, field).SetInParent()
    return state


KINDS = ("slider", "button_group", "text_input", "selectbox", "plotly_chart")
WITH_WIDGETS = ["", CURVES[0], "how", "study", "representations", "train", "faq", "exercises"]
LIGHT = {"representations": {"about": CURVES[0]}}  # the scenario whose maps take least, which a forged value asks for


def widgets(screen: Screen) -> dict[str, list[WidgetState]]:
    """The forgeries for everything on the screen, by the widgets' keys."""
    found = {}
    for kind in KINDS:
        for element in screen.elements(kind):
            if element.id and (kind != "plotly_chart" or element.selection_mode):
                found[element.id.rsplit("-", 1)[1]] = forged(kind, element)
    return found


@pytest.mark.parametrize("page", WITH_WIDGETS)
def test_no_value_that_a_widget_cannot_have_gets_through(server: LiveServer, page: str):
    with Visitor(server.address) as visitor:
        visitor.open(page, **LIGHT.get(page, {}))
        for turn in range(max(map(len, widgets(visitor.screen).values()))):
            states = [values[turn] for values in widgets(visitor.screen).values() if turn < len(values)]
            screen = visitor.again(*states)
            assert well(screen), [str(state)[:200] for state in states]
            view, refused = permalink.read(visitor.address(), View())
            assert refused == ()
            assert_within_limits(view)
            assert not [sign for sign in SIGNS if sign in screen.words()]


# -- values of another kind, and widgets of another page --------------------------------------------------------------

EVERY_KIND: dict[str, list[object]] = {
    "trigger_value": [True],
    "bool_value": [True, False],
    "int_value": [7, -(2**63)],
    "double_value": [1e300, float("nan")],
    "string_value": ["", MARKUP, "[" * 5000, "{}", "null", "5", '{"selection": 5}', '{"selection": {"points": {}}}'],
    "bytes_value": [b"\xff\x00"],
    "json_value": ["{", "{}", "[" * 5000, "null"],
    "json_trigger_value": ["{", '{"event": "x"}'],
    "string_trigger_value": [MARKUP],
    "string_array_value": [[], ["\x00", MARKUP]],
    "int_array_value": [[], [2**62]],
    "double_array_value": [[], [float("inf"), 0.0]],
    "chat_input_value": [MARKUP],
}
INTERACTIVE = ("slider", "button_group", "text_input", "selectbox", "plotly_chart", "button", "popover",
               "tab_container", "download_button")  # fmt: skip
FOREIGN_IDS = [
    "", "view", "address as last known", "choose_seed", "$$ID", "$$ID-", "$$ID--choose_lang", "$$ID-x-None",
    f"$$ID-{'0' * 32}-choose_lang", f"$$ID-{'0' * 32}-view", "\x00", MARKUP, "x" * 10**5,
    f"$$ID-{'0' * 32}-{'y' * 10**5}",
]  # fmt: skip


def of_any_kind(widget: str, kind: str, value: object) -> WidgetState:
    state = WidgetState(id=widget)
    if kind.endswith("array_value"):
        return _state(SimpleNamespace(id=widget), kind, value)  # type: ignore[arg-type]
    if kind in ("string_trigger_value", "chat_input_value"):
        getattr(state, kind).data = value
    else:
        setattr(state, kind, value)
    return state


def sorts(screen: Screen) -> dict[str, str]:
    """The sort of everything on the screen that has an id, by that id: blocks such as popovers and tabs included."""
    found = {element.id: kind for kind in INTERACTIVE for element in screen.elements(kind) if element.id}
    for delta in screen.deltas.values():
        if delta.HasField("add_block"):
            kind = delta.add_block.WhichOneof("type")
            name = getattr(getattr(delta.add_block, kind), "id", "") if kind else ""
            found |= {name: kind} if name else {}
    return dict(sorted(found.items()))


def values_for(sort: str) -> list[tuple[str, object]]:
    """Every value of every kind. A button that is pressed may lead to another page, which is no forgery."""
    kinds = EVERY_KIND.keys() - ({"trigger_value"} if sort == "button" else set())
    return [(kind, value) for kind, values in EVERY_KIND.items() if kind in kinds for value in values]


@pytest.fixture
def forged_server(server: LiveServer) -> Iterator[LiveServer]:
    """The product as it is hosted. Its log must have no traceback of what is forged."""
    before = server.log_bytes()
    yield server
    assert b"Traceback" not in server.log().encode()[before:]


@pytest.fixture
def forged_room(room: LiveServer) -> Iterator[LiveServer]:
    """Plain Streamlit, which lets large messages through to the script. Its log must have no traceback of them."""
    before = room.log_bytes()
    yield room
    assert b"Traceback" not in room.log().encode()[before:]


def assert_stands(visitor: Visitor, *states: WidgetState) -> None:
    screen = visitor.again(*states)
    assert well(screen), [str(state)[:200] for state in states]
    assert_within_limits(permalink.read(visitor.address(), View())[0])
    assert not [sign for sign in SIGNS if sign in screen.words()]


def test_a_value_of_another_kind_is_dropped_for_every_widget(forged_server: LiveServer):
    """Each run forges all widgets of a page. Over the pages, each sort of widget meets each value of each kind."""
    left = {sort: deque(values_for(sort)) for sort in INTERACTIVE}  # what each has yet to meet
    with Visitor(forged_server.address) as visitor:
        for page in WITH_WIDGETS:
            visitor.open(page, **LIGHT.get(page, {}))
            runs = 0
            while not runs or any(left[sort] for sort in sorts(visitor.screen).values()):
                runs, states = runs + 1, []
                for turn, (name, sort) in enumerate(sorts(visitor.screen).items(), start=runs):
                    values = values_for(sort)
                    kind, value = left[sort].popleft() if left[sort] else values[turn % len(values)]
                    states.append(of_any_kind(name, kind, value))
                assert states
                assert_stands(visitor, *states)
                if not visitor.is_on(page):  # any trigger presses a button
                    visitor.open(page, **LIGHT.get(page, {}))
    assert {sort for sort, values in left.items() if values} <= {"tab_container"}  # on applications' pages alone


def test_widgets_of_other_pages_and_of_none_move_nothing(forged_room: LiveServer):
    with Visitor(forged_room.address) as visitor:
        visitor.open("train")
        foreign: set[str] = set()
        for page in ("train", "how", CURVES[0], "study", "faq"):
            visitor.go_to(page)
            foreign |= set(sorts(visitor.screen))
        visitor.go_to("resources")
        for kind, values in EVERY_KIND.items():
            for value in values:
                assert_stands(visitor, *(of_any_kind(name, kind, value) for name in [*sorted(foreign), *FOREIGN_IDS]))


def test_the_first_message_of_a_session_may_name_any_widget(forged_room: LiveServer):
    for name in FOREIGN_IDS:
        with Visitor(forged_room.address) as visitor:
            visitor._widgets[name] = of_any_kind(name, "string_value", MARKUP)
            visitor.connect()
            assert well(visitor._run(page_name="glossary")), name
    with Visitor(forged_room.address) as visitor:
        visitor.open("faq")
        [search] = visitor.screen.elements("text_input")
    for kind, values in EVERY_KIND.items():
        with Visitor(forged_room.address) as visitor:
            visitor.connect()
            visitor._widgets[search.id] = of_any_kind(search.id, kind, values[0])
            assert well(visitor._run(page_name="faq")), kind


def test_what_a_browser_still_knows_survives_a_restart_of_the_server(forged_room: LiveServer):
    """Its first message to a server that has forgotten it brings back a search."""
    with Visitor(forged_room.address) as visitor:
        visitor.open("glossary")
        [search] = visitor.screen.elements("text_input")
    with Visitor(forged_room.address) as visitor:
        visitor._widgets[search.id] = WidgetState(id=search.id, string_value="entropy")
        visitor.connect()
        few = visitor._run(page_name="glossary")
        assert [box.value for box in few.elements("text_input")] in (["entropy"], [""])
        assert len(few.elements("markdown")) < len(visitor.write("glossary_search", "").elements("markdown"))
