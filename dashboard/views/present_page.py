"""Present a lesson: choose one, or bring your own file; then its screens, or the presenter's notes."""

from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from dashboard import pages, permalink, session, words
from dashboard.presenting import lesson as lessons
from dashboard.presenting.lesson import LARGEST, Lesson, Translations, in_language
from dashboard.settings import SETTINGS
from dashboard.sharing import links
from dashboard.views import facts, handout, lesson_facts, present_notes, present_stage
from dashboard.views.headings import draw_heading, with_anchors
from scenarios.errors import UserError
from scenarios.text import LANGUAGES, Language, Text

_OWN = "own-file"  # the name of a presenter's own lesson in the address: it is in this visit alone
_KEPT = "the presenter's own lesson"
_LEAD = Text(
    en="One figure fills the screen, the room guesses first, and then the measured answer is revealed. Text is "
    "large enough for the last row.",
    zh="每屏一张大图，先让全场猜，再揭晓实测答案。字号足够让最后一排看清。",
)
_KEYS = Text(
    en="**Keys and clickers:** PageDown, → or Space: reveal, then go on. PageUp or ←: back. P: play, S: one step, "
    "Home: start over. ↑ and ↓: a step's slider. F: full screen. G: the room's guesses. O: open the page behind the "
    "figure. Esc: leave.",
    zh="**按键与翻页笔**：PageDown、→ 或空格：先揭晓，再翻页。PageUp 或 ←：返回。P：播放；S：单步；Home：回到起点。"
    "↑、↓：移动滑块。F：全屏。G：全场的猜测。O：打开图表所在页面。Esc：退出。",
)
_LENGTH = Text(en="{minutes:.0f} minutes, {steps} steps", zh="{minutes:.0f} 分钟，{steps} 步")
_START = Text(en="Start the lesson", zh="开始上课")
_NOTES = Text(
    en="Notes for your own device: what to say, the answer, the next step, the time",
    zh="讲者备注（在自己的设备上打开）：讲稿、答案、下一步、时间",
)
_HANDOUT = Text(en="Handout to print (HTML)", zh="打印讲义（HTML）")
_FILE = Text(en="The file of the lesson (TOML)", zh="课程文件（TOML）")
_YOURS = Text(en="A lesson of your own", zh="你自己的课程")
_UPLOAD = Text(en="A lesson: TOML, up to {size} kB", zh="课程文件：TOML，不超过 {size} kB")
_PRIVACY = Text(
    en="The file is only kept in memory, so a link to it works only in this tab.",
    zh="文件只保留在内存中，不会保存，因此它的链接只在本标签页有效。",
)
_OFF = Text(
    en="The operator of this server has switched off uploads. On your own machine they are on: see the README.",
    zh="本服务器已关闭上传功能。在你自己的电脑上运行时可以使用，见 README。",
)
_WRITING = Text(en="How to write a lesson", zh="怎样编写课程")
_GONE = Text(
    en="Your own lesson is no longer loaded in this tab: please upload its file again.",
    zh="本标签页中已没有你自己的课程：请重新上传文件。",
)


def show() -> None:
    """Draw the lesson of the address, or a choice of lessons."""
    view = session.view()
    if view.lesson:
        try:
            lesson = lesson_facts.filled_translations(_load(view.lesson))
        except UserError as error:
            st.error(words.verbatim(error.text[view.lang]))
        else:
            (present_notes if view.notes else present_stage).show(lesson)
            return
    _choose(view.lang)


def _load(name: str) -> Translations:
    if name != _OWN:
        return lessons.load(name)
    kept: Lesson | None = st.session_state.get(_KEPT)
    if kept is None:
        raise UserError(_GONE)
    return {kept.language: kept}


def _choose(language: Language) -> None:
    draw_heading(pages.TITLE["present"], 1)
    draw_heading(_LEAD, 5)
    st.markdown(_KEYS[language])
    offered = {}
    for name in lessons.names():
        try:
            offered[name] = in_language(lesson_facts.filled_translations(lessons.load(name)), language)
        except UserError as error:
            st.error(words.verbatim(error.text[language]))
    for name in sorted(offered, key=lambda name: offered[name].minutes):
        _card(name, offered[name], language)
    _offer_upload(language)


def _card(name: str, lesson: Lesson, language: Language) -> None:
    with st.container(border=True, key=f"lesson_{name}"):
        length = _LENGTH.format(minutes=lesson.minutes, steps=len(lesson.steps))[language]
        st.subheader(words.verbatim(lesson.title), anchor=name)
        st.markdown(f"**{length}**\n\n" + "\n".join(f"- {words.verbatim(each)}" for each in lesson.objectives))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                _START[language], type="primary", icon=":material/play_arrow:", key=f"start_{name}",
                on_click=session.change, kwargs={"lesson": name, "at": 0, "reveal": 0, "notes": 0},
            )  # fmt: skip
            st.download_button(
                _HANDOUT[language], data=partial(_handout, name, lesson, links.base()),
                file_name=f"{name}-handout.{lesson.language}.html", mime="text/html", icon=":material/print:",
                key=f"handout_{name}", on_click="ignore",
            )  # fmt: skip
            path = lessons.path_of(name, lesson.language)
            if path:
                st.download_button(
                    _FILE[language], data=path.read_bytes, file_name=path.name, mime="application/toml",
                    icon=":material/download:", key=f"download_{name}", on_click="ignore",
                )  # fmt: skip
            if name != _OWN:
                address = urlencode(permalink.with_version({"lang": language, "lesson": name, "notes": "1"}))
                st.markdown(f":material/speaker_notes: [{_NOTES[language]}](?{address})")


def _handout(name: str, lesson: Lesson, base: str | None) -> bytes:
    """Return the handout of a lesson; one's own is in this tab alone, so that its link leads to the first page."""
    path = "" if name == _OWN else f"/present?{urlencode(permalink.with_version({'lesson': name}))}"
    return handout.as_html(lesson, None if base is None else f"{base}{path}").encode()


def _offer_upload(language: Language) -> None:
    draw_heading(_YOURS)
    if SETTINGS.upload_mb:
        sent = st.file_uploader(
            _UPLOAD.format(size=LARGEST // 1000)[language], type=["toml"], key="lesson_file", max_upload_size=1
        )
        st.caption(_PRIVACY[language])
        if sent is not None:
            try:
                st.session_state[_KEPT] = lessons.read(sent.getvalue(), sent.name)
                kept = lesson_facts.filled(st.session_state[_KEPT])
            except UserError as error:
                st.error(words.verbatim(error.text[language]))
            else:
                _card(_OWN, kept, language)
    else:
        st.info(_OFF[language])
    with st.expander(_WRITING[language], icon=":material/help:"):
        en, zh = (facts.prose(Path(lessons.__file__).parent, "writing", each) for each in LANGUAGES)
        st.markdown(with_anchors(Text(en=en, zh=zh), language), unsafe_allow_html=True)
