"""Downloads of a comparison on a user's own table: report, scores, a fitted model, a draft scenario."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from dashboard import own_comparison, own_files, session
from dashboard.long_work import Kept
from dashboard.own_comparison import Comparison
from dashboard.views import formatting, frame, own_comparison_panel
from dashboard.views.headings import draw_heading
from scenarios.learners.registry import Rung
from scenarios.own_tasks import contenders, report, results
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source
from scenarios.text import Text

FileKind = TypeVar("FileKind", bound=own_files.File)

_MAKING, _LEFT = Text(en="Working", zh="正在生成"), Text(en="About {left} left", zh="约剩 {left}")
_CANCEL = Text(en="Cancel", zh="取消")
_HEADING = Text(en="Download", zh="下载结果")
_REPORT = Text(en="Report (.html)", zh="报告（.html）")
_JSON, _CSV = Text(en="Results (.json)", zh="结果（.json）"), Text(en="Results (.csv)", zh="结果（.csv）")
_TASKS_CSV = Text(en="Scores of each task (.csv)", zh="各任务得分（.csv）")
_REPORT_NOTE = Text(
    en="The report is one file in both languages, for reading offline and for printing: answer, charts, tables, "
    "settings. It contains the names of tasks and columns.",
    zh="报告是一个中英双语文件，无需网络即可阅读和打印，包含结论、图表、数据表和全部设置；其中有任务名和列名。",
)
_MODEL = Text(en="A model for new tasks", zh="用于新任务的模型")
_METHOD = Text(en="Method, fitted to all tasks", zh="方法（用全部任务拟合）")
_FIT, _MODEL_FILE = (
    Text(en="Fit the model", zh="拟合模型"),
    Text(en="Model (.npz, {size} kB)", zh="模型（.npz，{size} kB）"),
)
_MODEL_NOTE = Text(
    en="It learns from the labelled rows of a new task and predicts other rows. The file has columns' names and "
    "ranges, categories and classes, but no rows.",
    zh="模型从新任务的标注行学习，再预测其余各行。文件中有列名、取值范围、类别名，不含任何一行数据。",
)
_NO_LABELS_NOTE = Text(
    en="It predicts rows of a new task without any of its labels. The file has columns' names and ranges, "
    "categories and classes, but no rows.",
    zh="模型无需新任务的标注即可预测其各行。文件中有列名、取值范围、类别名，不含任何一行数据。",
)
_COMMAND = "python -m scenarios predict model.npz {labelled}--rows rows.csv --out answers.csv"
_DRAFT = Text(en="A scenario for the menu", zh="加入菜单的场景")
_MAKE, _DRAFT_FILE = (
    Text(en="Make the draft", zh="生成草稿"),
    Text(en="Draft scenario (.zip, {size} kB)", zh="场景草稿（.zip，{size} kB）"),
)
_DRAFT_NOTE = Text(
    en="A random-effects model of the numeric columns, without any rows. Unpack it into `scenarios/` of your "
    "copy: it becomes a scenario with synthetic tasks like yours.",
    zh="由表格数值列拟合的随机效应模型，不含任何一行数据。解压到你自己副本的 `scenarios/` 目录后，就是一个场景，"
    "其合成任务与你的任务相似。",
)


def show(file: str, notes: Sequence[Text]) -> None:
    """Draw the downloads of a comparison that rests: `file` is the table's name, `notes` how it was read."""
    now = own_comparison.current()
    if now is None or now.results is None or now.running or not now.results.advice.method:
        return
    draw_heading(_HEADING)
    _downloads(now, now.results, file, notes)
    left, right = st.columns(2, gap="large")
    with left:
        draw_heading(_MODEL, 6)
        _offer_model(now.source, now.results)
    if now.results.table.classes and now.source.roles.numeric:
        with right:
            draw_heading(_DRAFT, 6)
            _offer_draft(now.source, now.results, file)


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
    begun = own_files.MODEL.current()
    _offer(
        own_files.MODEL, begun if begun and begun.source is source and begun.method == chosen else None,
        own_files.Model(source, found, method=chosen), _FIT, _MODEL_FILE, "npz",
    )  # fmt: skip
    needs_labels = contenders.rung_of(chosen) is not Rung.NO_LOCAL_LABELS
    st.caption((_MODEL_NOTE if needs_labels else _NO_LABELS_NOTE)[language])
    labelled = "--labelled labelled.csv " if needs_labels else ""
    st.code(_COMMAND.format(labelled=labelled), language="bash", wrap_lines=True)


def _offer_draft(source: Source, found: OwnResults, table: str) -> None:
    begun, anew = own_files.DRAFT.current(), own_files.Draft(source, found, table=table)
    _offer(own_files.DRAFT, begun if begun and begun.found is found else None, anew, _MAKE, _DRAFT_FILE, "zip")
    st.caption(_DRAFT_NOTE[session.language()])


def _offer(
    kept: Kept[FileKind], begun: FileKind | None, anew: FileKind, make: Text, label: Text, ending: str
) -> None:  # fmt: skip
    """Offer to have a file made by the worker, show how far it is, and offer the file."""
    language = session.language()
    if begun is not None and begun.done:
        text = label.format(size=f"{len(begun.content) / 1000:.0f}")[language]
        _download(text, begun.content, f"{begun.name}.{ending}", "application/zip")
    elif begun is not None and not begun.trouble:
        # Defined in each full run, so that it stops refreshing when the file is ready.
        st.fragment(_watch, run_every=begun.poll)(kept, begun, ending)
    else:
        if begun is not None and begun.trouble:
            st.error(begun.trouble[language])
        st.button(
            make[language], key=f"own_make_{ending}", icon=":material/build:", on_click=kept.begin, args=(anew,)
        )  # fmt: skip


def _watch(kept: Kept[FileKind], drawn: FileKind, ending: str) -> None:
    with frame.error_boundary():
        now, language = kept.look(), session.language()
        if now is None:
            return
        if (now.poll, now.done) != (drawn.poll, drawn.done):
            st.rerun()
        text = _MAKING if now.seconds_left is None else _LEFT.format(left=formatting.duration(now.seconds_left))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(min(now.share, 1.0), text=text[language])
            st.button(_CANCEL[language], key=f"own_cancel_{ending}", icon=":material/close:", on_click=kept.cancel)
        if now.place:
            own_comparison_panel.show_place(now.place)
