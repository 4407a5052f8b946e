"""The interface's own short sentences, where more than one page says them."""

from scenarios.text import Language, Text

PRODUCT = Text(en="Quick Study", zh="举一反三")
HOME = Text(en="Home", zh="首页")
QUESTIONS = Text(en="FAQ", zh="常见问题")
LANGUAGE = Text(en="Language", zh="语言")
NUMBERS = Text(en="The numbers behind this chart", zh="图表背后的数据")
WAKING = Text(en="The model is waking up. This takes a few seconds, once.", zh="模型正在启动，只需几秒，之后不再等待。")
FAILED = Text(en="This part could not be shown.", zh="这一部分暂时无法显示。")
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
CASES = {True: Text(en="case", zh="病例"), False: Text(en="cases", zh="病例")}


def listed(items: list[str], language: Language) -> str:
    return (", " if language == "en" else "、").join(items)
