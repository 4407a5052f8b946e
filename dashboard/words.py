"""The interface's own short sentences, where more than one page says them."""

from scenarios.text import Language, Text

PRODUCT = Text(en="Quick Study", zh="举一反三")
HOME = Text(en="Home", zh="首页")
QUESTIONS = Text(en="FAQ", zh="常见问题")
LANGUAGE = Text(en="Language", zh="语言")
NUMBERS = Text(en="The numbers behind this chart", zh="图表背后的数据")
WORKING = Text(
    en="The model is at work. Its very first answer takes a few seconds.", zh="模型正在计算，第一次需要等待几秒。"
)
FAILED = Text(
    en="Something went wrong on this page. Please reload it; the cause is in the server's log.",
    zh="本页出现错误，请刷新重试。原因已记录在服务器日志中。",
)
REFUSED = Text(
    en="Part of this link made no sense ({parts}); the usual value stands there instead.",
    zh="链接中有无法识别的部分（{parts}），已改用默认值。",
)
PARTS = {
    "lang": Text(en="language", zh="语言"),
    "shots": Text(en="labels", zh="标注数"),
    "seed": Text(en="task number", zh="任务编号"),
    "draw": Text(en="draw", zh="抽样编号"),
    "prevalence": Text(en="prevalence", zh="患病率"),
}


def joined(*sentences: Text) -> Text:
    """Sentences one after another: with a space in English, without one in Chinese."""
    return Text(en=" ".join(s.en for s in sentences), zh="".join(s.zh for s in sentences))


def listed(items: list[str], language: Language) -> str:
    return (", " if language == "en" else "、").join(items)
