"""Further reading: existing resources by kind, and the references of the first article that do not exist."""

import streamlit as st

from dashboard import pages, session
from dashboard.resources import KINDS, REPLACED, RESOURCES, Resource
from dashboard.views.headings import draw_heading
from scenarios.text import Language, Text

_LEAD = Text(
    en="Material to read, watch and run. Links lead to other sites; everything else here works without an "
    "internet connection.",
    zh="可读、可看、可运行的资料。链接指向外部网站；除此之外，本站内容无需联网。",
)
_BY = Text(en="{authors}, {year}. *{where}*", zh="{authors}，{year}。*{where}*")
_AND_OTHERS = Text(en="and others", zh="等")
_REPLACED = Text(en="The article's references, checked", zh="原文参考资料核对")
_REPLACED_LEAD = Text(
    en="The article from which Quick Study grew lists these references; we checked them.",
    zh="本站“举一反三”源自一篇文章，以下是其中所列、经我们核对的资料。",
)


def show() -> None:
    language = session.language()
    draw_heading(pages.TITLE["resources"], 1)
    st.markdown(_LEAD[language])
    for kind, heading in KINDS.items():
        draw_heading(heading)
        st.markdown("\n".join(_line(each, language) for each in RESOURCES if each.kind == kind))
    draw_heading(_REPLACED)
    st.markdown(_REPLACED_LEAD[language])
    st.markdown("\n".join(f"- {each[language]}" for each in REPLACED))


def _line(resource: Resource, language: Language) -> str:
    title, authors, where = (_in(each, language) for each in (resource.title, resource.authors, resource.where))
    authors = authors.replace(_AND_OTHERS.en, _AND_OTHERS[language])
    by = _BY.format(authors=authors, year=resource.year, where=where)[language]
    return f"- **[{title}]({resource.url})**  \n  {by}  \n  {resource.gives[language]}"


def _in(name: str | Text, language: Language) -> str:
    return name if isinstance(name, str) else name[language]
