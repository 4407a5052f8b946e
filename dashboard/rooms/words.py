"""The texts of the two light pages. Their scripts choose the language; both languages are in the page."""

from dashboard import typed_numbers, words
from scenarios.text import LANGUAGES, Text

SHARED = {
    "product": words.PRODUCT,
    "room": Text(en="Room {code}", zh="房间 {code}"),
    "question": Text(en="Question {number}", zh="第 {number} 题"),
    "answer": Text(en="True answer: {value}", zh="正确答案：{value}"),
    "none": Text(en="No guesses", zh="没有猜测"),
    "chart": Text(en="Distribution of the guesses ({total})", zh="{total} 个猜测的分布"),
    "numbers": Text(en="The numbers", zh="具体数字"),
    "value": Text(en="Value", zh="数值"),
    "count": Text(en="Guesses", zh="人数"),
    "truth_mark": Text(en="true answer", zh="正确答案"),
    "your_mark": Text(en="you", zh="你"),
    "offline": Text(
        en="No connection to the room. This page reconnects automatically; you lose nothing.",
        zh="与房间的连接已断开。本页会自动重连，不会丢失任何内容。",
    ),
    "ended": Text(en="This room has ended, or no room has this code.", zh="房间已结束，或没有这个房间号。"),
}
_JOIN = {
    "join_title": Text(en="Join the room", zh="加入房间"),
    "code": Text(en="Room code (6 digits)", zh="房间号（6 位数字）"),
    "code_wrong": Text(en="A room code has six digits.", zh="房间号是 6 位数字。"),
    "join": Text(en="Join", zh="加入"),
    "joining": Text(en="Joining …", zh="正在加入……"),
    "you": Text(en="No. {number}", zh="你是 {number} 号"),
    "waiting": Text(en="You have joined. The question will appear here.", zh="已加入。题目会自动显示在这里，请稍候。"),
    "your_value": Text(en="Your guess, from {low} to {high}", zh="你的猜测（{low} 到 {high}）"),
    "at_x": Text(
        en="Your guess of y at x = {x}: tap the picture or move the slider",
        zh="猜 x = {x} 处的 y：点一下图，或拖动滑块",
    ),
    "your_choice": Text(en="Your answer", zh="你的选择"),
    "picture": Text(en="Known points, and the x = {x} at which to guess y", zh="已知的点，以及要猜的位置 x = {x}"),
    "commit": Text(en="Send my guess", zh="提交猜测"),
    "choose_first": Text(en="Choose a value first.", zh="请先选择一个值。"),
    "bad_number": Text(en="Enter a number from {low} to {high}.", zh="请输入 {low} 到 {high} 之间的数字。"),
    "sending": Text(en="Your guess: {value}. Sending …", zh="你的猜测：{value}。正在提交……"),
    "kept": Text(
        en="Your guess: {value}. It is kept on this phone and sent when the connection is back.",
        zh="你的猜测：{value}。已保存在本机，网络恢复后自动提交。",
    ),
    "counted": Text(
        en="Your guess counts. The answer appears when the presenter reveals it.",
        zh="已计入。讲者公布后，这里会显示答案。",
    ),
    "closed": Text(en="Guessing is closed. The answer will follow.", zh="本题已截止，马上公布答案。"),
    "closed_without": Text(en="Guessing is closed. You sent no guess.", zh="本题已截止，你没有提交猜测。"),
    "late": Text(
        en="Your guess ({value}) arrived after guessing was closed, so it does not count.",
        zh="你的猜测（{value}）到达时本题已截止，不计入结果。",
    ),
    "no_answer": Text(en="What the room thinks", zh="大家的看法"),
    "yours": Text(en="Your guess: {value}", zh="你的猜测：{value}"),
    "right": Text(en="That is right. Right answers: {count} of {total}.", zh="答对了：{total} 人中有 {count} 人选对。"),
    "wrong": Text(en="Right answers: {count} of {total}.", zh="{total} 人中有 {count} 人选对。"),
    "off": Text(
        en="Off by {off}. Closer guesses: {closer} of {total}.",
        zh="相差 {off}。{total} 个猜测中有 {closer} 个更接近。",
    ),
    "median": Text(en="Guesses: {total}, with a median of {value}.", zh="{total} 个猜测的中位数是 {value}。"),
    "look": Text(en="Try it yourself (opens a new tab)", zh="亲自试试（在新标签页打开）"),
    "new_question": Text(en="New question", zh="新题目"),
    "again": Text(en="Join again", zh="重新加入"),
}
_SPEAKER = {
    "speaker_title": Text(en="Presenter’s page", zh="讲者页面"),
    "secret": Text(
        en="Everyone with this page’s link can control the room: do not project it.",
        zh="持有本页链接的人可以控制房间，请勿投影。",
    ),
    "planned": Text(
        en="Planned: this step ends at minute {until}. This page has been open for",
        zh="计划：本步结束于第 {until} 分钟。本页已打开",
    ),
    "colon": Text(en=": ", zh="："),
    "in_room": Text(en="In the room", zh="已加入"),
    "guessed": Text(en="Guessed", zh="已猜"),
    "state_waiting": Text(en="No question yet", zh="尚未提问"),
    "state_asked": Text(en="Open: guesses arrive", zh="进行中：正在接收猜测"),
    "state_closed": Text(en="Closed", zh="已截止"),
    "state_revealed": Text(en="Revealed", zh="已公布"),
    "close": Text(en="Close guessing", zh="截止"),
    "reveal": Text(en="Reveal", zh="公布答案"),
    "restart": Text(en="Restart the question", zh="重新开始本题"),
    "restart_sure": Text(en="Restart and delete its guesses?", zh="重新开始并删除本题的全部猜测？"),
    "lock": Text(en="Close to new people", zh="不再接受新人"),
    "unlock": Text(en="Admit new people", zh="重新开放加入"),
    "export": Text(en="Download all guesses (CSV)", zh="下载全部猜测（CSV）"),
    "end": Text(en="End the room", zh="结束房间"),
    "end_sure": Text(en="End the room and delete everything in it?", zh="结束房间并删除其中全部内容？"),
    "live": Text(en="Guesses so far (shown only here)", zh="目前的猜测（仅本页可见）"),
    "people": Text(en="Participants", zh="参与者"),
    "number": Text(en="Number", zh="编号"),
    "remove": Text(en="Remove", zh="移除"),
    "ask_title": Text(en="Ask a question", zh="提一个问题"),
    "kind": Text(en="Kind", zh="题型"),
    "kind_number": Text(en="A number", zh="数字"),
    "kind_choice": Text(en="A choice", zh="选择"),
    "text": Text(en="Question", zh="问题"),
    "choices": Text(en="Answers, one per line (2 to 8)", zh="选项，每行一个（2～8 个）"),
    "low": Text(en="Smallest", zh="最小值"),
    "high": Text(en="Largest", zh="最大值"),
    "unit": Text(en="Unit", zh="单位"),
    "truth": Text(en="True answer (optional)", zh="正确答案（可不填）"),
    "truth_choice": Text(en="Number of the true answer (optional)", zh="正确选项的序号（可不填）"),
    "ask": Text(en="Ask now", zh="开始提问"),
    "no_number": typed_numbers.NO_NUMBER,
}
NO_SCRIPT = Text(en="This page needs JavaScript.", zh="本页需要启用 JavaScript。")


def as_json(*, is_speaker: bool) -> dict[str, dict[str, str]]:
    """Return the sentences of a page, by language."""
    sentences = SHARED | (_SPEAKER if is_speaker else _JOIN)
    return {language: {name: text[language] for name, text in sentences.items()} for language in LANGUAGES}
