"""A visitor's own table: upload it, check how it was read and the roles of its columns, and compare methods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st
from starlette.formparsers import MultiPartParser

from dashboard import jobs, own_comparison, own_files, pages, session, words
from dashboard.remote import own_roles
from dashboard.settings import MOST_UPLOAD_MB, SETTINGS
from dashboard.views import frame, own_comparison_panel, own_help_panel, own_take_away_panel
from dashboard.views.headings import draw_heading
from dashboard.views.waiting import wait_for
from scenarios.own_tasks import health, reading, samples, source
from scenarios.own_tasks.decoding import ENCODINGS
from scenarios.own_tasks.limits import LOCAL, PUBLIC, Limits
from scenarios.own_tasks.reading import Reading, Table
from scenarios.own_tasks.roles import Finding, Roles
from scenarios.text import Language, Text

# Starlette would write an upload above 1 MB to a temporary file; a table stays in memory.
MultiPartParser.spool_max_size = 2_000_000 * MOST_UPLOAD_MB

_KEPT, _TO_READ = "the visitor's table", "a file that the visitor wants to be read"
_PREVIEW = 6  # rows
_LEAD = Text(
    en="Upload one table with the data of several hospitals, branches, machines or users. The comparison shows which "
    "method to use for a new one with a handful of labels, and whether the data of the others help.",
    zh="上传一张含有多家医院、多个网点、多台设备或多位用户数据的表格。比较结果会告诉你：遇到一个只有少量标注的新任"
    "务时，该用哪种方法，其他任务的数据是否有帮助。",
)
_PRIVACY = Text(
    en="The table is kept in memory until {minutes} minutes after this tab is closed; it is not stored, logged or put "
    "into the link. Do not upload personal data to a server that you do not operate.",
    zh="表格只保留在内存中，本标签页关闭 {minutes} 分钟后即清除，不会保存、写入日志或出现在链接里。请勿把个人信息上传到"
    "不由你运行的服务器。",
)
_OFF = Text(
    en="Uploads are disabled on this server. They are enabled if you run it on your own machine: see the README.",
    zh="本服务器已关闭上传功能。在你自己的电脑上运行时可以使用，见 README。",
)
_UPLOAD = Text(
    en="A table: CSV, Excel (.xlsx) or Parquet, up to {size} MB",
    zh="表格：CSV、Excel（.xlsx）或 Parquet，不超过 {size} MB",
)
_SAMPLE = Text(en="Or try a sample table", zh="或试用示例表格")
_REMOVE = Text(en="Remove the table", zh="移除表格")
_READING = Text(en="Reading the table", zh="正在读取表格")
_EXAMINING = Text(en="Examining the columns", zh="正在检查各列")
_READ_AS = Text(en="How the file was read", zh="文件的读取方式")
_TABLE = Text(en="**{name}**: {rows} rows, {columns} columns", zh="**{name}**：{rows} 行，{columns} 列")
_ENCODING, _SEPARATOR = Text(en="Encoding", zh="编码"), Text(en="Separator", zh="分隔符")
_DECIMAL, _THOUSANDS = Text(en="Decimal mark", zh="小数点"), Text(en="Thousands separator", zh="千分位符")
_SHEET = Text(en="Sheet", zh="工作表")
_MARKS = {
    "": Text(en="none", zh="无"),
    ",": Text(en="comma ,", zh="逗号 ,"),
    ";": Text(en="semicolon ;", zh="分号 ;"),
    "\t": Text(en="tab", zh="制表符"),
    "|": Text(en="vertical bar |", zh="竖线 |"),
    "；": Text(en="full-width semicolon ；", zh="全角分号 ；"),
    "，": Text(en="full-width comma ，", zh="全角逗号 ，"),
    ".": Text(en="dot .", zh="点 ."),
    " ": Text(en="space", zh="空格"),
    "'": Text(en="apostrophe '", zh="撇号 '"),
}
_TASK, _LABEL = (
    Text(
        en="Task: which column names the hospital, branch, machine or user?",
        zh="任务：哪一列写有医院、网点、设备或用户的名称？",
    ),
    Text(en="Label: which column is to be predicted?", zh="标签：要预测哪一列？"),
)
_NUMERIC, _CATEGORICAL = Text(en="Numbers", zh="数值特征"), Text(en="Categories", zh="类别特征")
_YES_NO, _IGNORED = Text(en="Yes/no", zh="是/否特征"), Text(en="Left out: {columns}", zh="不使用：{columns}")
_CODES = Text(en="Numbers that stand for a missing value", zh="代表缺失值的数字")
_AS_NUMBER = Text(en="The label is a number, not a class", zh="标签是数值而不是类别")
_FEATURES = Text(en="Features: {count}", zh="特征：{count} 列")
_AS_READ = Text(en="The table as it was read", zh="读取到的表格")
_FOUND = Text(en="Check before training ({count})", zh="训练之前请留意（{count}）")
_START = Text(en="Compare methods", zh="比较各种方法")
_GONE = Text(
    en="The table on this page was opened in another tab or visit, and is not in memory. Open it again to go on.",
    zh="本页的表格是在另一个标签页或之前访问时打开的，已不在内存中。请重新打开。",
)
_HEADING = Text(en="What this table can answer", zh="这张表格能回答什么")


@dataclass(frozen=True, eq=False)
class _Kept:
    """A visitor's table, as far as they have come with it."""

    name: str
    content: bytes
    table: Table
    roles: Roles
    findings: tuple[Finding, ...]
    codes: tuple[tuple[str, float], ...]  # that may stand for missing values, of which `roles` has those that do


@dataclass(frozen=True, eq=False)
class _File:
    """A file, and how a visitor wants it to be read."""

    name: str
    content: bytes
    how: Reading
    limits: Limits


def limits() -> Limits | None:
    """Return the largest table on this server; None if the operator has disabled uploads."""
    size = 1_000_000 * SETTINGS.upload_mb
    return replace(LOCAL if size > PUBLIC.bytes else PUBLIC, bytes=size) if size else None


def show() -> None:
    """Draw the page from top to bottom."""
    draw_heading(pages.TITLE["own"], 1)
    draw_heading(_LEAD, 5)
    with st.empty():  # present in each run, so that later elements keep their place
        if file := st.session_state.get(_TO_READ):
            _read(file)
    kept: _Kept | None = st.session_state.get(_KEPT)
    if session.shows_own(kept is not None):
        st.info(_GONE[session.language()])
    if kept is None:
        _offer()
    else:
        _draw_table(kept, limits() or PUBLIC)


def _offer() -> None:
    language, allowed = session.language(), limits()
    left, right = st.columns([3, 2], gap="large")
    with left:
        if allowed is None:
            st.info(_OFF[language])
        else:
            _offer_upload(allowed)
        own_help_panel.show()
    with right:
        draw_heading(_SAMPLE, 6)
        for name, sample in samples.sample_tables().items():
            st.button(
                sample.title[language],
                key=f"own_sample_{name}",
                icon=":material/table:",
                on_click=_take_sample,
                args=(name,),
            )
            st.caption(sample.about[language])


def _offer_upload(allowed: Limits) -> None:
    language = session.language()
    label = _UPLOAD.format(size=f"{allowed.bytes / 1e6:g}")[language]
    file = st.file_uploader(label, key="own_file", max_upload_size=int(allowed.bytes / 1e6))
    kept_for = st.get_option("server.disconnectedSessionTTL") / 60  # a lost connection looks like a closed tab
    st.caption(_PRIVACY.format(minutes=f"{kept_for:g}")[language])
    if file is not None and _read(_File(file.name, file.getvalue(), Reading(), allowed)):
        st.rerun()


def _take_sample(name: str) -> None:
    path, _ = samples.paths_of(name)
    st.session_state[_TO_READ] = _File(path.name, path.read_bytes(), Reading(), LOCAL)


def _read(file: _File) -> bool:
    """Have a file read and its roles guessed. Returns whether it could be read; otherwise there is a sentence."""
    arguments = file.content, file.name, file.how, file.limits
    try:
        found = wait_for(jobs.ask_about_table(own_roles.read_with_roles, *arguments), _READING)
    except Exception:  # unlike a click elsewhere, after which the next run asks again
        st.session_state.pop(_TO_READ, None)
        raise
    st.session_state.pop(_TO_READ, None)
    if found is None:
        return False
    table, guessed, findings = found
    st.session_state[_KEPT] = _Kept(file.name, file.content, table, guessed, findings, guessed.missing_codes)
    own_comparison.cancel()
    return True


def _draw_table(kept: _Kept, allowed: Limits) -> None:
    language, table = session.language(), kept.table
    with st.container(horizontal=True, vertical_alignment="center", key="own_table"):
        shape = {"rows": f"{len(table.frame):,}", "columns": f"{table.frame.shape[1]:,}"}
        st.markdown(_TABLE.format(name=words.verbatim(kept.name), **shape)[language], width="content")
        with st.popover(_READ_AS[language], icon=":material/tune:"):
            _choose_reading(kept, allowed)
        st.button(_REMOVE[language], key="own_remove", icon=":material/close:", on_click=_remove)
    if own_comparison.current() is None:
        _preview(table, language)
        _choose_roles(kept, allowed)
    else:
        with st.expander(_AS_READ[language], icon=":material/table:"):
            _preview(table, language)
        own_comparison_panel.show()
        own_take_away_panel.show(kept.name, (*table.notes, *(each.text for each in kept.findings)))


def _preview(table: Table, language: Language) -> None:
    for note in table.notes:
        st.caption(words.verbatim(note[language]))
    for question in table.questions:
        st.warning(words.verbatim(question.text[language]), icon=":material/help:")
    st.dataframe(table.frame.head(_PREVIEW), hide_index=True, height="content", placeholder="–", key="own_preview")


def _remove() -> None:
    own_comparison.cancel()
    own_files.forget()
    for name in (_KEPT, _TO_READ):
        st.session_state.pop(name, None)
    session.change(own=0)


def _choose_reading(kept: _Kept, allowed: Limits) -> None:
    """Let the user change how the file is read; parts that this kind of file does not have are not offered."""
    language, now = session.language(), kept.table.reading

    def mark(value: str) -> str:
        return _MARKS[value][language] if value in _MARKS else value

    parts: list[tuple[str, Text, Sequence[str]]] = [
        ("encoding", _ENCODING, ENCODINGS), ("separator", _SEPARATOR, reading.SEPARATORS),
        ("decimal", _DECIMAL, reading.DECIMALS), ("thousands", _THOUSANDS, reading.THOUSANDS),
    ]  # fmt: skip
    for name, label, offered in parts:
        value = getattr(now, name)
        if value is None and name in ("encoding", "separator"):
            continue
        st.selectbox(
            label[language], offered, index=list(offered).index(value) if value in offered else None, format_func=mark,
            key=f"own_{name}", on_change=_read_again, args=(kept, name, allowed),
        )  # fmt: skip


def _read_again(kept: _Kept, name: str, allowed: Limits) -> None:
    chosen = replace(kept.table.reading, **{name: st.session_state[f"own_{name}"]})
    st.session_state[_TO_READ] = _File(kept.name, kept.content, chosen, allowed)


def _choose_roles(kept: _Kept, allowed: Limits) -> None:
    language, now = session.language(), kept.roles
    columns = [str(each) for each in kept.table.frame]
    left, right = st.columns(2, gap="large")
    with left:
        task = st.selectbox(_TASK[language], columns, index=_place(columns, now.task), key="own_task")
    with right:
        label = st.selectbox(_LABEL[language], columns, index=_place(columns, now.label), key="own_label")
    if (task, label) != (now.task or None, now.label or None):
        job = jobs.ask_about_table(own_roles.roles_for, kept.table, task or "", label or "", ())
        if examined := wait_for(job, _EXAMINING):
            guessed, findings = examined
            _keep(replace(kept, roles=guessed, findings=findings, codes=guessed.missing_codes))
    with st.expander(_FEATURES.format(count=len(now.features))[language], icon=":material/view_column:"):
        changed = _choose_features(kept, language)
    if changed != now:
        _keep(replace(kept, roles=changed))
    if kept.findings:
        found = _FOUND.format(count=len(kept.findings))[language]
        with st.expander(found, icon=":material/flag:", expanded=True):
            for finding in kept.findings:
                st.markdown(f"- {words.verbatim(finding.text[language])}")
    with frame.error_boundary():
        _offer_comparison(kept, allowed)


def _place(columns: list[str], name: str) -> int | None:
    return columns.index(name) if name in columns else None


def _choose_features(kept: _Kept, language: Language) -> Roles:
    """Return the roles with the user's changes of the features."""
    now = kept.roles
    pool = [*now.numeric, *now.categorical, *now.yes_no, *now.ignored]
    numeric = st.multiselect(_NUMERIC[language], pool, default=now.numeric, key="own_numeric")
    categorical = st.multiselect(_CATEGORICAL[language], pool, default=now.categorical, key="own_categorical")
    yes_no = st.multiselect(_YES_NO[language], pool, default=now.yes_no, key="own_yes_no")
    codes = [each for each in kept.codes if each[0] in numeric]
    if codes:
        codes = st.multiselect(
            _CODES[language], codes, default=[each for each in codes if each in now.missing_codes],
            format_func=lambda code: f"{code[0]} = {code[1]:g}", key="own_codes",
        )  # fmt: skip
    as_number = st.checkbox(_AS_NUMBER[language], value=now.is_regression, key="own_as_number")
    used = {*numeric, *categorical, *yes_no}
    ignored = tuple(each for each in pool if each not in used)
    if ignored:
        st.caption(_IGNORED.format(columns=words.verbatim(words.listed(list(ignored), language)))[language])
    return replace(
        now, numeric=tuple(numeric), categorical=tuple(categorical), yes_no=tuple(yes_no), ignored=ignored,
        missing_codes=tuple(codes), is_regression=as_number,
    )  # fmt: skip


def _keep(changed: _Kept) -> None:
    st.session_state[_KEPT] = changed
    st.rerun()


def _offer_comparison(kept: _Kept, allowed: Limits) -> None:
    language = session.language()
    table = source.of_table(kept.table, kept.roles, allowed)
    report = health.of_rows(table.rows, kept.roles)
    draw_heading(_HEADING)
    for sentence in report.sentences:
        st.markdown(f"- {words.verbatim(sentence[language])}")
    st.button(
        _START[language], key="own_start", type="primary", icon=":material/play_arrow:",
        on_click=own_comparison.begin, args=(table,), disabled=not report.shots,
    )  # fmt: skip
