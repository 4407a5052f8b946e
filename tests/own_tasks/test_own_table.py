"""Promise: a user's choices are followed, columns that mislead are named, and only training tasks teach an encoding."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.errors import UserError
from scenarios.own_tasks.encoding import Encoding
from scenarios.own_tasks.health import report
from scenarios.own_tasks.reading import Reading, Table, read
from scenarios.own_tasks.roles import Roles, check, guess, roles_for, without
from scenarios.own_tasks.rows import usable
from scenarios.own_tasks.writing import to_csv


def table_of(**columns: object) -> Table:
    frame = pd.DataFrame(columns)
    return Table(frame.apply(lambda c: c.astype("str") if c.dtype.kind not in "fiu" else c.astype(float)), Reading())


def hospitals(tasks: int = 6, rows: int = 12, **more: object) -> Table:
    rng = np.random.default_rng(0)
    count = tasks * rows
    return table_of(
        hospital=[f"H{i % tasks}" for i in range(count)],
        diagnosis=["yes" if i // tasks % 2 else "no" for i in range(count)],
        x=rng.normal(size=count),
        **more,
    )


def test_the_users_choice_of_a_decimal_mark_answers_the_question():
    content = "site,y,x\n" + "".join(f'S{i % 3},{i // 3 % 2},"1,{i + 234}"\n' for i in range(30))
    asked = read(content.encode(), "t.csv")
    assert [question.column for question in asked.questions] == ["x"]
    assert asked.reading.decimal is None
    assert "x" in guess(asked)[0].ignored
    with pytest.raises(UserError, match="decimal mark is chosen"):
        check(asked, Roles("site", "y", ("x",)))
    for reading, value in (
        (Reading(decimal=","), 1.234), (Reading(decimal="."), 1234), (Reading(thousands=","), 1234),
    ):  # fmt: skip
        answered = read(content.encode(), "t.csv", reading)
        assert answered.questions == ()
        assert answered.frame["x"][0] == value


def test_what_a_user_chooses_is_checked():
    content = "site;y;x\nA;1;2\nB;0;3\n".encode("utf-16")
    for reading, part in (
        (Reading(encoding="utf-8"), "cannot be read as utf-8"),
        (Reading(encoding="rot13"), "Unknown encoding"),
        (Reading(separator="x"), "separator cannot be"),
        (Reading(decimal=",", thousands=","), "both “,”"),
        (Reading(separator=","), "has one column"),
    ):
        with pytest.raises(UserError) as refusal:
            read(content, "t.csv", reading)
        assert part in refusal.value.text.en
    found = read(content, "t.csv")
    assert (found.reading.encoding, found.reading.separator) == ("utf-16", ";")
    pd.testing.assert_frame_equal(read(content, "t.csv", found.reading).frame, found.frame)


def test_a_workbook_of_a_common_program_is_read():
    """By openpyxl: a hidden sheet, formats of numbers and dates, rich text, a formula without a value."""
    content = (Path(__file__).parent / "workbook.xlsx").read_bytes()
    found = read(content, "t.xlsx")
    assert found.reading.sheet == "Daten"
    assert found.frame["clinic"][:4].tolist() == ["Klinik 0", "Klinik 1", "Klinik 2", "Klinik 0"]
    np.testing.assert_array_equal(found.frame["crp"][:6], [0, 0.125, 0.25, 0.375, np.nan, 0.625])
    assert np.isnan(found.frame["crp"].iloc[-1])
    assert found.frame["day"][:2].tolist() == ["2024-01-01", "2024-01-02"]
    assert found.frame["seen"][1] == "2024-01-01 08:01:00"
    np.testing.assert_allclose(found.frame["share"][:3], [0, 0.01, 0.02])
    assert found.frame["note"][:3].tolist() == ["北京", "rich text", "a & <b>"]
    said = " ".join(note.en for note in found.notes)
    assert "“Daten” is read" in said
    assert "Formulas without a saved value: 1" in said
    with pytest.raises(UserError, match="no sheet “Data”"):
        read(content, "t.xlsx", Reading(sheet="Data"))


def test_roles_are_guessed_by_names_and_values():
    found = hospitals(
        ward=[f"w{i % 7}" for i in range(72)],
        smoker=["Y" if i % 5 else "N" for i in range(72)],
        visits=[1.0, 2, 3, 4] * 18,
        admitted=[f"2024-01-{1 + i % 28:02d}" for i in range(72)],
        patient=[f"p{i}" for i in range(72)],
    )  # fmt: skip
    roles, findings = guess(found)
    assert (roles.task, roles.label, roles.is_regression) == ("hospital", "diagnosis", False)
    assert (roles.numeric, roles.categorical, roles.yes_no) == (("x", "visits"), ("ward",), ("smoker",))
    assert {finding.column: finding.kind for finding in findings} == {"admitted": "date", "patient": "identifier"}
    assert without(roles, ["x", "ward"]).features == ("visits", "smoker")
    assert set(without(roles, ["x"]).ignored) == {"admitted", "patient", "x"}


def test_a_number_of_many_values_is_predicted_as_a_number_and_few_whole_ones_as_classes():
    found = hospitals(y=np.random.default_rng(1).normal(size=72), grade=[1.0, 2, 3] * 24)
    assert roles_for(found, "hospital", "y")[0].is_regression
    roles, _ = roles_for(found, "hospital", "grade")
    assert not roles.is_regression
    assert usable(found, roles).classes == ("1", "2", "3")


def test_a_label_of_very_many_values_is_refused_at_once():
    found = hospitals(2, 20_000, word=[f"word {i % 10_000}" for i in range(40_000)], y=np.arange(40_000) % 7.0)
    roles, _ = roles_for(found, "hospital", "word")
    with pytest.raises(UserError, match="10,000 different values"):
        check(found, roles)


def test_a_column_of_the_task_alone_and_one_in_other_words_are_left_out():
    found = hospitals(city=[f"city {i % 6 // 2}" for i in range(72)], krankenhaus=[f"K{i % 6}" for i in range(72)],
                      group=["a", "b", "c", "d"] * 18, gruppe=["1a", "1b", "1c", "1d"] * 18)  # fmt: skip
    roles, findings = roles_for(found, "hospital", "diagnosis")
    assert {finding.column: finding.kind for finding in findings} == {
        "city": "of_task", "krankenhaus": "of_task", "gruppe": "duplicate",
    }  # fmt: skip
    assert "group" in roles.categorical


@pytest.mark.parametrize(
    ("roles", "part"),
    [
        (Roles("", "diagnosis", ("x",)), "Choose the task column"),
        (Roles("hospital", "", ("x",)), "Choose the label column"),
        (Roles("hospital", "diagnosis"), "No feature is left"),
        (Roles("hospital", "diagnosis", ("z",)), "no column “z”"),
        (Roles("hospital", "diagnosis", ("x", "hospital")), "two roles"),
        (Roles("hospital", "diagnosis", ("word",)), "is text"),
        (Roles("hospital", "x", ("visits",)), "different values; a label may have"),
        (Roles("hospital", "word", ("x",), is_regression=True), "is text"),
        (Roles("x", "diagnosis", (), ("word",), ("visits",)), "cannot be a yes/no feature"),
    ],
)
def test_roles_that_cannot_be_are_refused(roles: Roles, part: str):
    found = hospitals(visits=[1.0, 2, 3, 4] * 18, word=["a", "b", "c"] * 24)
    with pytest.raises(UserError) as refusal:
        check(found, roles)
    assert part in refusal.value.text.en


def test_only_training_tasks_teach_an_encoding():
    found = hospitals(
        ward=["rare", *["a", "b", "c"] * 23, "a", "b"], smoker=["no" if i % 5 else "yes" for i in range(72)]
    )
    roles, _ = roles_for(found, "hospital", "diagnosis")
    train, test = found.frame.iloc[:60], found.frame.iloc[60:].copy()
    encoding = Encoding.fit(train, roles)
    inputs = encoding.transform(train)
    assert inputs.dtype == np.float32
    assert [each.label.en for each in encoding.features] == [
        "x", "ward = a", "ward = b", "ward = c", "ward = other", "smoker = yes",
    ]  # fmt: skip
    np.testing.assert_allclose((inputs[:, 0].mean(), inputs[:, 0].std()), (0, 1), atol=1e-5)
    test["x"], test["ward"], test["smoker"] = [np.nan, 1e300, -1e300, *test["x"][3:]], "new", "yes"
    encoded = encoding.transform(test)
    assert np.isfinite(encoded).all()
    centred = (np.median(train["x"]) - train["x"].mean()) / train["x"].std(ddof=0)
    np.testing.assert_allclose(encoded[:3, 0], [centred, 20, -20], rtol=1e-4)
    np.testing.assert_array_equal(encoded[0, 1:], [0, 0, 0, 1, 1])


def test_missing_values_and_codes_have_an_indicator_and_the_training_median():
    x = np.array([1.0, 2, 3, np.nan, 999, 999, 999, 2] * 9)
    found = hospitals(w=x)
    roles, _ = roles_for(found, "hospital", "diagnosis")
    assert roles.missing_codes == (("w", 999.0),)
    encoding = Encoding.fit(found.frame, roles)
    assert [each.kind for each in encoding.features] == ["numeric", "numeric", "missing"]
    encoded = encoding.transform(found.frame)
    np.testing.assert_array_equal(encoded[:8, 2], [0, 0, 0, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(encoded[3:7, 1], encoded[1, 1], err_msg="the median is 2")
    assert usable(found, roles).frame["w"].isna().sum() == 36


def test_categories_that_look_the_same_are_named_before_anything_is_trained():
    found = hospitals(ward=["ICU", "icu", "ICU", "surgery"] * 18, unit=["a", "b", "c"] * 24)
    roles, findings = roles_for(found, "hospital", "diagnosis")
    [finding] = [each for each in findings if each.kind == "alike"]
    assert finding.column == "ward"
    assert "“ICU” and “icu” are read as different categories" in finding.text.en
    assert "ward" in roles.categorical, "they are told, not merged"


def test_very_large_numbers_and_a_column_without_values_in_training_stay_finite():
    found = hospitals(huge=np.geomspace(1e-300, 1e300, 72), empty=[np.nan] * 60 + [1.0] * 12)
    encoding = Encoding.fit(found.frame.iloc[:60], Roles("hospital", "diagnosis", ("huge", "empty")))
    assert np.isfinite(encoding.transform(found.frame)).all()


def test_usable_rows_have_a_task_and_a_label_and_classes_in_order():
    found = hospitals()
    found.frame.loc[0, "hospital"] = None
    found.frame.loc[[1, 2], "diagnosis"] = None
    roles, _ = roles_for(found, "hospital", "diagnosis")
    rows = usable(found, roles)
    assert (rows.classes, rows.left_out, len(rows.task)) == (("no", "yes"), 3, 69)
    assert rows.of_file[0] == 3
    assert rows.sizes.sum() == 69
    names = [rows.names[task] for task in rows.task]
    assert names == found.frame["hospital"][3:].tolist()


def test_the_health_report_states_what_can_be_answered():
    few = report(hospitals(4), roles_for(hospitals(4), "hospital", "diagnosis")[0])
    assert "With 4 tasks, meta-learning cannot be evaluated" in few.sentences[1].en
    assert few.shots == (1, 2)
    assert {task.largest_shots for task in few.tasks} == {4}
    two = report(hospitals(2), roles_for(hospitals(2), "hospital", "diagnosis")[0])
    assert two.shots == ()
    assert "No comparison is possible: at least 3 tasks" in two.sentences[-1].en
    many = hospitals(120, 16)
    assert "meta-learning may pay" in report(many, guess(many)[0]).sentences[1].en
    small = hospitals()
    small.frame.loc[small.frame["hospital"] == "H1", "diagnosis"] = "no"
    found = report(small, roles_for(small, "hospital", "diagnosis")[0])
    assert any("Too small to be tested on" in each.en and "H1" in each.en for each in found.sentences)
    assert dict(found.tasks_for)[1] == 5
    alone = hospitals(2)
    alone.frame.loc[alone.frame["hospital"] == "H1", "diagnosis"] = "no"
    assert "No comparison is possible" in report(alone, roles_for(alone, "hospital", "diagnosis")[0]).sentences[-1].en


def test_names_that_look_the_same_are_reported():
    found = hospitals()
    found.frame.loc[found.frame["hospital"] == "H1", "hospital"] = "h 0"
    sentences = report(found, roles_for(found, "hospital", "diagnosis")[0]).sentences
    assert any("“H0” and “h 0”" in each.en for each in sentences)


def test_an_exported_table_carries_no_formula_and_is_read_back():
    words = ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", " =1", "plain", "-1.5", "+2"]
    frame = pd.DataFrame({"=task": words, "x": np.linspace(-1, 1, 10)})
    content = to_csv(frame)
    for line in content.decode("utf-8-sig").splitlines():
        first = line.lstrip('"')
        assert first[0] == "'" or first[0].isalpha() or first.split(",")[0].strip('"') in ("-1.5", "+2")
    found = read(content, "t.csv").frame
    assert found.columns[0] == "'=task"
    np.testing.assert_allclose(found["x"], frame["x"])
    with pytest.raises(ValueError, match="separator"):
        to_csv(frame, ",", ",")


@pytest.mark.parametrize(
    ("columns", "task", "label", "classes"),
    [
        ({"machine": "abc", "is_night": [True, False], "wear": [1.5, 2.5, 9.0]}, "machine", "wear", ()),
        ({"Klinik": "abc", "RR": [1.5, 2.5, 9.0], "Sepsis": ["ja", "nein"]}, "Klinik", "Sepsis", ("nein", "ja")),
        ({"支行": "abc", "是否违约": ["否", "是"], "信用分": [600, 650]}, "支行", "是否违约", ("否", "是")),
    ],
)  # fmt: skip
def test_the_label_is_the_last_column_unless_another_one_is_called_so(columns, task, label, classes):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.choice([*values], 90) for name, values in columns.items()})
    table = read(frame.to_csv(index=False).encode(), "table.csv")
    guessed, _ = guess(table)
    assert (guessed.task, guessed.label) == (task, label)
    assert report(table, guessed).classes == classes
