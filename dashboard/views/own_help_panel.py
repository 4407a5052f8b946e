"""Help on preparing a table: rows, columns, and the number of tasks and labels."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import session
from scenarios.own_tasks import contenders, health, template
from scenarios.own_tasks.rows import queries_left
from scenarios.text import Text, written

_HELP = Text(en="How to prepare your table", zh="如何准备表格")
_ROW = Text(
    en="**One row is one example** whose label is known: a patient, an account, a window of time. The first row "
    "holds the names of the columns. The rows of all hospitals, branches, machines or users are in one table.",
    zh="**一行是一个样本**，其标签已知：一位患者、一个账户、一个时间窗口。第一行是列名。所有医院、网点、设备或用户"
    "的数据放在同一张表格中。",
)
_COLUMN, _ROLE, _ABOUT = Text(en="column", zh="列"), Text(en="role", zh="用途"), Text(en="contents", zh="内容")
_OTHERS = Text(
    en="Dates and identifiers are not used, so remove names and other personal data first. While the table is "
    "read or methods are compared, other processes of the server also have it in memory; they do not write it to disk "
    "either.",
    zh="日期和编号不会被使用，因此请事先删去姓名等个人信息。读取表格和比较各种方法时，服务器的其他进程也在内存中持有这张表"
    "格，同样不会写入磁盘。",
)
_USE = Text(
    en="The template is a made-up table with every kind of column. Open it in a spreadsheet program, replace its "
    "columns and rows with yours, save it in the same format and upload it. Order and names of columns are free.",
    zh="模板中的数据是虚构的，各种类型的列都有。用电子表格软件打开，换成你自己的列和行，按原格式保存后上传即可；"
    "列的顺序和名称不限。",
)
_TEMPLATE = Text(en="Template ({ending})", zh="模板（{ending}）")
_TEMPLATES = (  # how each is made, and its media type
    ("xlsx", template.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("csv", template.as_csv, "text/csv"),
)
_HOW_MANY = Text(en="**How many tasks and labels are needed?**", zh="**需要多少任务和标注？**")
_ENOUGH = written(__file__, "how-many-tasks")


def show() -> None:
    """Draw the help, closed, with the template."""
    language = session.language()
    with st.expander(_HELP[language], icon=":material/help:"):
        st.markdown(_ROW[language])
        rows = [
            {
                _COLUMN[language]: each.name[language],
                _ROLE[language]: each.role[language],
                _ABOUT[language]: each.about[language],
            }
            for each in template.COLUMNS
        ]
        st.table(pd.DataFrame(rows).set_index(_COLUMN[language]))
        st.markdown(_OTHERS[language])
        st.markdown(_USE[language])
        with st.container(horizontal=True):
            for ending, make, mime in _TEMPLATES:
                st.download_button(
                    _TEMPLATE.format(ending=f".{ending}")[language], partial(make, language),
                    file_name=f"template.{language}.{ending}", mime=mime, icon=":material/download:",
                    on_click="ignore", key=f"own_template_{ending}",
                )  # fmt: skip
        st.markdown(_HOW_MANY[language])
        st.markdown(
            _ENOUGH.format(
                few=health.FEW_TASKS, some=health.TASKS_FOR_META_LEARNING, least=contenders.FEWEST_FOR_META,
                many=health.MANY_TASKS, queries=queries_left(2), rows=queries_left(0),
            )[language]
        )  # fmt: skip
