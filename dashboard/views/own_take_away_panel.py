"""What a visitor takes home from a comparison on their own table: report, scores, a fitted model, a draft scenario."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import own_comparison, session
from dashboard.engine import ENGINE
from dashboard.own_comparison import Comparison
from dashboard.remote import own_draft, own_fitted
from dashboard.views.waiting import wait_for
from scenarios.learners.registry import Rung
from scenarios.own_tasks import contenders, report, results
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source
from scenarios.text import Text

_KEPT = "the visitor's files"
_HEADING = Text(en="Take away", zh="带走结果")
_REPORT = Text(en="Report (.html)", zh="报告（.html）")
_JSON, _CSV = Text(en="Results (.json)", zh="结果（.json）"), Text(en="Results (.csv)", zh="结果（.csv）")
_TASKS_CSV = Text(en="Scores of each task (.csv)", zh="各任务得分（.csv）")
_REPORT_NOTE = Text(
    en="The report is one file in both languages, to read without a network and to print: answer, charts, tables, "
    "settings. It names tasks and columns.",
    zh="报告是一个中英双语文件，无需网络即可阅读和打印，包含结论、图表、数据表和全部设置；其中有任务名和列名。",
)
_MODEL = Text(en="A model for new tasks", zh="用于新任务的模型")
_METHOD = Text(en="Method, fitted to all tasks", zh="方法（用全部任务拟合）")
_FIT, _MODEL_FILE = (
    Text(en="Fit the model", zh="拟合模型"),
    Text(en="Model (.npz, {size} kB)", zh="模型（.npz，{size} kB）"),
)
_MODEL_NOTE = Text(
    en="The file holds what the method learned, names of columns, categories and classes, and columns' ranges, but no "
    "row. With this command it learns from the labelled rows of a new task, and predicts other rows:",
    zh="文件中是方法学到的内容，以及列名、类别名和各列的取值范围，不含任何一行数据。用下面的命令，它从新任务的标注行学习，"
    "再预测其余各行：",
)
_NO_LABELS_NOTE = Text(
    en="The file holds what the method learned, names of columns, categories and classes, and columns' ranges, but no "
    "row. With this command it predicts rows of a new task, of which it needs no labels:",
    zh="文件中是方法学到的内容，以及列名、类别名和各列的取值范围，不含任何一行数据。用下面的命令，它预测新任务的各行，"
    "不需要新任务的标注：",
)
_COMMAND = "python -m scenarios predict model.npz {labelled}--rows rows.csv --out answers.csv"
_DRAFT = Text(en="A scenario for the menu", zh="加入菜单的场景")
_MAKE, _DRAFT_FILE = (
    Text(en="Make the draft", zh="生成草稿"),
    Text(en="Draft scenario (.zip, {size} kB)", zh="场景草稿（.zip，{size} kB）"),
)
_DRAFT_NOTE = Text(
    en="A folder with a random-effects model of the table's numeric columns, and no row of it: unpacked into "
    "`scenarios/` of your own copy, it is a scenario with synthetic tasks like yours and a known Bayes-optimal "
    "predictor.",
    zh="文件夹中是表格数值列的随机效应模型，不含任何一行数据：解压到你自己副本的 `scenarios/` 目录后，它就是一个场景，"
    "其合成任务与你的任务相似，且贝叶斯最优预测已知。",
)


@dataclass(frozen=True, eq=False)
class _Made:
    """A file that was made for a visitor's table, by what it was made of."""

    source: Source
    method: str
    name: str
    content: bytes


def show(file: str, notes: Sequence[Text]) -> None:
    """Draw the downloads of a comparison that rests: `file` is the table's name, `notes` how it was read."""
    now, language = own_comparison.current(), session.language()
    if now is None or now.results is None or now.running or not now.results.advice.method:
        return
    st.subheader(_HEADING[language])
    _downloads(now, now.results, file, notes)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"###### {_MODEL[language]}")
        _offer_model(now.source, now.results)
    if now.results.table.classes and now.source.roles.numeric:
        with right:
            st.markdown(f"###### {_DRAFT[language]}")
            _offer_draft(now.source, now.results, file)


def forget() -> None:
    """Forget the files that were made."""
    for kind in ("model", "draft"):
        st.session_state.pop(f"{_KEPT}: {kind}", None)


def _downloads(now: Comparison, found: OwnResults, file: str, notes: Sequence[Text]) -> None:
    language = session.language()

    def written() -> bytes:
        context = report.Context(now.source, file, tuple(notes))
        return report.as_html(found, context, language).encode()

    offered: tuple[tuple[Text, str, str, Callable[[], bytes]], ...] = (
        (_REPORT, "report.html", "text/html", written),
        (_CSV, "results.csv", "text/csv", lambda: results.as_csv(found).encode("utf-8-sig")),
        (_TASKS_CSV, "tasks.csv", "text/csv", lambda: results.tasks_as_csv(found).encode("utf-8-sig")),
        (_JSON, "results.json", "application/json", lambda: results.as_json(found).encode()),
    )
    with st.container(horizontal=True, key="own_downloads"):
        for label, name, mime, make in offered:
            _download(label[language], make, name, mime)
    st.caption(_REPORT_NOTE[language])


def _download(label: str, content: bytes | Callable[[], bytes], name: str, mime: str) -> None:
    st.download_button(
        label, content, file_name=name, mime=mime, on_click="ignore", key=f"own_{name.rpartition('.')[2]}_{name}",
        icon=":material/download:",
    )  # fmt: skip


def _offer_model(source: Source, found: OwnResults) -> None:
    language = session.language()
    names = sorted(found.methods, key=lambda name: name != found.advice.method)  # the recommended one first
    chosen = st.selectbox(
        _METHOD[language], names, format_func=lambda name: contenders.name_of(name)[language], key="own_model_method"
    )

    def fit() -> tuple[str, bytes] | None:
        at = found.protocol
        content = wait_for(ENGINE.start(own_fitted.fit_to_bytes, source, chosen, at.shots, at.seed))
        return ("model", content) if content else None

    _offer("model", source, chosen, _FIT[language], _MODEL_FILE, fit, "npz")
    needs_labels = contenders.rung_of(chosen) is not Rung.NO_LOCAL_LABELS
    st.caption((_MODEL_NOTE if needs_labels else _NO_LABELS_NOTE)[language])
    labelled = "--labelled labelled.csv " if needs_labels else ""
    st.code(_COMMAND.format(labelled=labelled), language="bash", wrap_lines=True)


def _offer_draft(source: Source, found: OwnResults, file: str) -> None:
    language = session.language()

    def make() -> tuple[str, bytes] | None:
        made: tuple[str, bytes] | None = wait_for(ENGINE.start(own_draft.zipped, source, file, found))
        return made

    _offer("draft", source, found.advice.method, _MAKE[language], _DRAFT_FILE, make, "zip")
    st.caption(_DRAFT_NOTE[language])


def _offer(
    kind: str, source: Source, method: str, make: str, label: Text, work: Callable[[], tuple[str, bytes] | None],
    ending: str,
) -> None:  # fmt: skip
    """Offer to have a file made by the worker and then the file."""
    made: _Made | None = st.session_state.get(f"{_KEPT}: {kind}")
    if made is None or made.source is not source or made.method != method:
        if not st.button(make, key=f"own_make_{kind}", icon=":material/build:"):
            return
        answer = work()
        if answer is None:
            return
        made = _Made(source, method, *answer)
        st.session_state[f"{_KEPT}: {kind}"] = made
        st.rerun()
    text = label.format(size=f"{len(made.content) / 1000:.0f}")[session.language()]
    _download(text, made.content, f"{made.name}.{ending}", "application/zip")
