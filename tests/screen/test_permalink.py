"""Promise: the whole state of a page lives in its address, and nothing in an address is an error."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard import permalink
from dashboard.permalink import (
    FARTHEST_POINT,
    FAULTS,
    LAST_DRAW,
    LAST_SEED,
    LESSON_STEPS,
    LINES,
    LOSSES,
    MOST_POINTS,
    MOST_SHOTS,
    OTHER_TASKS,
    PARTS,
    RATES,
    SECTIONS,
    WINDOWS,
    View,
)
from scenarios.catalog import SCENARIOS
from scenarios.decisions.catalog import PARAMETERS
from scenarios.demo.user_training import INNER_STEPS, LEARNERS, META_STEPS, TRAIN_TASKS
from scenarios.protocol import QUERIES, SHOTS, nearest
from scenarios.scenario import WORLDS
from scenarios.text import LANGUAGES, Language

settings.register_profile("any machine", deadline=None)  # by default an example may take 0.2 s
settings.load_profile("any machine")

ALWAYS = ["lang", "shots", "seed", "draw"]
CODES = st.from_regex(r"[a-z0-9_-]{0,64}", fullmatch=True)


def reals(farthest: float) -> st.SearchStrategy[float]:
    """Numbers as an address has them: of two decimals."""
    return st.integers(int(-100 * farthest), int(100 * farthest)).map(lambda hundredths: hundredths / 100)


VIEWS = st.builds(
    View,
    lang=st.sampled_from(LANGUAGES),
    shots=st.sampled_from(SHOTS),
    seed=st.integers(0, LAST_SEED),
    draw=st.integers(0, LAST_DRAW),
    example=st.integers(0, QUERIES),
    window=st.integers(1, WINDOWS),
    colour=CODES,
    turned=st.sampled_from((0, 1)),
    loss_on=st.sampled_from(LOSSES),
    world=st.sampled_from(WORLDS),
    parameters=st.fixed_dictionaries({name: st.sampled_from(each.values) for name, each in PARAMETERS.items()}),
    points=st.lists(st.tuples(reals(FARTHEST_POINT), reals(FARTHEST_POINT)), max_size=MOST_POINTS).map(tuple),
    section=st.sampled_from(SECTIONS),
    about=CODES,
    question=CODES,
    step=st.integers(1, LESSON_STEPS),
    slope=reals(4),
    intercept=reals(4),
    lines=st.sampled_from(LINES),
    rate=st.sampled_from(RATES),
    centred=st.sampled_from((0, 1)),
    strategy=st.sampled_from(LEARNERS),
    meta_steps=st.sampled_from(META_STEPS),
    train_tasks=st.sampled_from(TRAIN_TASKS),
    inner_steps=st.sampled_from((0, *INNER_STEPS)),
    tasks=st.sampled_from(OTHER_TASKS),
    fault=st.sampled_from(FAULTS),
)
NEARLY_RIGHT = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        [
            "",
            " 5",
            "5 ",
            "+5",
            "1_0",
            "0x5",
            "5e0",
            "٥",
            "５",
            "五",
            "²",
            "\x005",
            "9" * 5000,
            "EN",
            "zh-CN",
            "nan",
            "inf",
            "-0",
            "1~2~3",
            "1~nan",
            "~",
            "_",
            "1~2_",
            "../../etc/passwd",
            "{tasks}",
            "%s",
            "a--b",
            "a" * 65,
        ]
    ),
)


def assert_within_limits(view: View) -> None:
    assert view.lang in LANGUAGES
    assert view.shots in SHOTS
    assert 0 <= view.seed <= LAST_SEED
    assert 0 <= view.draw <= LAST_DRAW
    assert view.parameters.keys() == PARAMETERS.keys()
    assert all(view.parameters[name] in each.values for name, each in PARAMETERS.items())
    assert 0 <= view.example <= QUERIES
    assert view.world in WORLDS
    assert len(view.points) <= MOST_POINTS
    assert all(abs(value) <= FARTHEST_POINT for point in view.points for value in point)
    assert all(len(point) == 2 for point in view.points)
    for code in (view.about, view.question):
        assert len(code) <= 64
        assert set(code) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert 1 <= view.step <= LESSON_STEPS
    assert abs(view.slope) <= 4
    assert abs(view.intercept) <= 4
    assert view.lines in LINES
    assert view.rate in RATES
    assert view.centred in (0, 1)
    assert view.tasks in OTHER_TASKS
    assert view.fault in FAULTS
    assert all(type(view[part]) is type(View()[part]) for part in PARTS)


@given(view=VIEWS, lang=st.sampled_from(LANGUAGES))
def test_what_is_written_is_read_back(view: View, lang: Language):
    # What an address leaves out is as usual: so it is read, see `reader.arrive`.
    assert permalink.read(view.as_query(), View(lang=lang)) == (view, ())


@given(view=VIEWS)
def test_an_address_has_the_task_always_and_the_rest_where_it_is_not_as_usual(view: View):
    query, usual = view.as_query(), View()
    assert list(query) == [name for name in PARTS if name in ALWAYS or view[name] != usual[name]]
    assert all(isinstance(value, str) and value.isascii() for value in query.values())


def test_a_changed_default_is_a_new_version_of_links():
    """Whoever changes a default appends the former one to `permalink._FORMER`, and today's to this table."""
    usual = {
        "lang": "en", "shots": "5", "seed": "1", "draw": "0", "example": "0", "window": "1", "colour": "",
        "turned": "1", "loss_on": "query", "world": "moderate", "points": "", "section": "examples", "about": "",
        "question": "",
        "step": "1", "slope": "-2", "intercept": "2", "lines": "related", "rate": "0.5", "centred": "0",
        "strategy": "maml", "meta_steps": "2000", "train_tasks": "4000", "inner_steps": "0", "one": "maml",
        "other": "fine_tuned", "tasks": "30", "labels_each": "30", "label_errors": "0", "target": "85", "novelty": "0",
        "fault": "label_errors", "guess": "0", "lesson": "", "at": "0", "reveal": "0", "notes": "0", "own": "0",
        "figure": "", "theme": "",
    }  # fmt: skip
    of_decisions = {
        "prevalence": "10", "approval": "70", "margin": "8", "lgd": "60", "accounts": "100", "default_rate": "5",
        "budget": "6", "aggressive": "15", "calm": "35", "worse_trip": "13",
    }  # fmt: skip
    version_1, _ = permalink.open_link({"v": "1"}, "en")
    assert {part: permalink.written(version_1[part]) for part in PARTS if part not in PARAMETERS} == usual
    assert {part: permalink.written(version_1[part]) for part in of_decisions} == of_decisions


@given(view=VIEWS, lang=st.sampled_from(LANGUAGES))
def test_a_link_shows_the_same_after_defaults_have_changed(view: View, lang: Language):
    with pytest.MonkeyPatch.context() as later:
        later.setattr(permalink, "_FORMER", ({"target": 70, "prevalence": 20}, {"target": 75, "section": "story"}))
        first, second, today = ({"v": each, "draw": "0"} for each in ("1", "2", "3"))
        former, newer = ({"target": 70, "prevalence": 20, "section": "story"}, {"target": 75, "section": "story"})
        for query, defaults in ((first, former), ({"draw": "0"}, former), (second, newer), (today, {}), ({}, {})):
            assert permalink.open_link(query, lang) == (View(lang=lang).but(**defaults), ())
        assert permalink.open_link({"lang": "zh"}, lang) == (View(lang="zh"), ()), "it leaves all to today's defaults"
        assert permalink.open_link(view.as_query(), lang) == (view, ())
        assert view.as_query()["v"] == "3"


@pytest.mark.parametrize("version", ["0", "-1", "two", "", "\u00b2", "9" * 5000])
def test_a_version_that_makes_no_sense_is_the_first(version: str):
    with pytest.MonkeyPatch.context() as later:
        later.setattr(permalink, "_FORMER", ({"target": 70},))
        assert permalink.open_link({"v": version}, "en") == (View(target=70), ())


def test_the_address_of_the_usual_view_is_short():
    assert View().as_query() == {"lang": "en", "shots": "5", "seed": "1", "draw": "0"}


@given(
    query=st.dictionaries(st.one_of(st.sampled_from(PARTS), st.text(max_size=8)), NEARLY_RIGHT, max_size=8),
    fallback=VIEWS,
)
@example(query=dict.fromkeys(PARTS, "9" * 5000), fallback=View())
@example(query=dict.fromkeys(PARTS, "\ud800"), fallback=View())
def test_no_address_is_an_error_and_every_address_gives_a_view_within_limits(query: dict[str, str], fallback: View):
    view, refused = permalink.read(query, fallback)
    assert_within_limits(view)
    assert set(refused) <= set(query) & set(PARTS)
    for name in PARTS:
        if name in refused or name not in query:
            assert view[name] == fallback[name]


def test_the_nearest_number_of_labels_is_that_of_the_smallest_factor():
    """As results with fewer numbers of labels have it: 35 is 1.17 times 30, and 40 is 1.14 times 35."""
    assert [permalink.read({"shots": text}, View())[0].shots for text in ("35", "45", "22", "23")] == [40, 50, 20, 25]


@given(number=st.integers(), part=st.sampled_from(["shots", "seed", "draw"]))
def test_a_number_counts_within_its_limits_and_is_refused_beyond(number: int, part: str):
    low, high = {"shots": (1, MOST_SHOTS), "seed": (0, LAST_SEED), "draw": (0, LAST_DRAW)}[part]
    view, refused = permalink.read({part: str(number)}, View())
    if low <= number <= high:
        value = view[part]
        assert refused == ()
        assert value == number or (part == "shots" and value == nearest(SHOTS, number))
    else:
        assert (view, refused) == (View(), (part,))


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("shots", "-5"),
        ("shots", "0"),
        ("shots", "51"),
        ("shots", "5.0"),
        ("shots", "٥"),  # five, in Arabic-Indic digits
        ("shots", "５"),
        ("seed", "abc"),
        ("seed", "1000000"),
        ("seed", "9" * 400),
        ("seed", ""),
        ("draw", "<script>alert(1)</script>"),
        ("draw", "1e2"),
        ("example", "201"),
        ("example", "-1"),
        ("example", "17.0"),
        ("window", "6"),
        ("turned", "2"),
        ("loss_on", "both"),
        ("prevalence", "7"),
        ("prevalence", "10.0"),
        ("approval", "75"),
        ("approval", "-70"),
        ("budget", "7"),
        ("budget", "6 "),
        ("points", "1~2~3"),
        ("points", "1~2_"),
        ("points", "1"),
        ("points", "nan~1"),
        ("points", "1~inf"),
        ("points", "1e9~1"),
        ("points", "20.01~0"),
        ("points", "_".join(["1~1"] * (MOST_POINTS + 1))),
        ("points", "1~" + "9" * 400),
        ("points", "<script>~1"),
        ("about", "../secrets"),
        ("about", "Medical"),
        ("question", "../../etc/passwd"),
        ("question", "<script>alert(1)</script>"),
        ("question", "{tasks}"),
        ("question", "02-how-does-it-differ.en.md"),
        ("question", "a" * 65),
        ("question", "问题"),
        ("question", "a\n"),
        ("step", "0"),
        ("step", "6"),
        ("step", "1.0"),
        ("slope", "4.01"),
        ("slope", "nan"),
        ("slope", "-inf"),
        ("slope", "1e-99999999999"),
        ("intercept", "--1"),
        ("intercept", "٤"),
        ("lines", "unrelated lines"),
        ("rate", "0.50"),
        ("rate", "1e-1"),
        ("tasks", "0"),
        ("fault", "nothing"),
        ("tasks", "20001"),
        ("tasks", "1,000"),
        ("centred", "2"),
        ("centred", "True"),
        ("lang", "xx"),
        ("lang", "EN"),
    ],
)
def test_what_makes_no_sense_falls_back_and_is_reported(part: str, text: str):
    fallback = View(lang="zh", shots=9, seed=77, draw=3, points=((1.0, 2.0),), question="01-a", slope=1.0).but(
        prevalence=20
    )
    assert permalink.read({part: text}, fallback) == (fallback, (part,))


def test_unknown_parts_are_ignored_without_a_word():
    query = {"x": "<script>alert(1)</script>", "view": "{}", "__class__": "View", "SHOTS": "9", "embed": "true"}
    assert permalink.read(query, View(seed=5)) == (View(seed=5), ())


def test_good_parts_count_beside_bad_ones():
    view, refused = permalink.read({"shots": "-5", "seed": "12", "lang": "xx", "draw": "4"}, View())
    assert view == View(seed=12, draw=4)
    assert refused == ("lang", "shots")


def test_the_limits_suit_every_scenario():
    for scenario in SCENARIOS.values():
        assert scenario.max_shots >= MOST_SHOTS, "the slider would ask for more labels than a support set is padded to"
        assert 1 <= scenario.default_shots <= MOST_SHOTS
