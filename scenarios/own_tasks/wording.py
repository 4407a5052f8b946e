"""Words that the page and the report of a comparison share: headings, columns, how it was measured."""

from scenarios.learners.registry import Rung
from scenarios.own_tasks.results import UNLIKE_P, OwnResults
from scenarios.text import Text, joined

AGAINST_LABELS = Text(en="{metric} against labels in the new task", zh="{metric}随新任务标注数的变化")
AGAINST_TASKS = Text(en="{metric} against the number of other tasks", zh="{metric}随其他任务数的变化")
EACH_TASK = Text(en="Task by task", zh="逐个任务")
CALIBRATION = Text(en="Calibration of predicted probabilities", zh="预测概率的校准")
METHODS = Text(en="All methods, by the information that they use", zh="全部方法（按所用信息分组）")
JUDGED = Text(
    en="Tasks are divided into {folds} folds. Each is tested by methods that learned from the others (at least "
    "{training} tasks), {repeats} times with different labelled rows. Hyperparameters, encoding and "
    "calibration come from the training tasks of each fold. Means are over tasks; classes are weighted "
    "equally; seed {seed}.",
    zh="任务分成 {folds} 份，每份由从其余各份（至少 {training} 个任务）学习的方法作答，"
    "每次换用不同的标注行，共 {repeats} 次。超参数、编码与校准都只取自各份的训练任务。"
    "均值按任务计算，各类权重相同；随机种子 {seed}。",
)
COVERED = Text(
    en="95% CIs cover which tasks are tested and which rows are labelled. For methods that learn from other tasks "
    "in seconds, they also cover the choice of those tasks, which are divided {divisions} times. Other methods "
    "are tested on one division.",
    zh="95% 置信区间涵盖测试任务和标注行的选取。对于数秒内即可从其他任务学习的方法，"
    "还涵盖用来学习的任务的选取：任务共划分 {divisions} 次。其余方法只在一次划分上测试。",
)
COVERED_IF_FEW = Text(
    en="95% CIs cover which tasks are tested and which rows are labelled. They do not cover the choice of the "
    "other tasks: with so few, each task is tested once, after learning from all others.",
    zh="95% 置信区间涵盖测试任务和标注行的选取，但不涵盖用来学习的任务的选取：任务太少，"
    "每个任务只测试一次，用其余全部任务学习。",
)
COLUMNS = {
    "method": Text(en="method", zh="方法"),
    "score": Text(en="{metric}, {labels} (95% CI)", zh="{metric}，{labels}（95% 置信区间）"),
    "loss": Text(en="negative log-likelihood, nats", zh="负对数似然（nat）"),
    "learn": Text(en="learning, seconds", zh="学习用时（秒）"),
    "adapt": Text(en="new task, ms", zh="新任务用时（毫秒）"),
    "labels": Text(en="labels per class", zh="每类标注数"),
    "tasks": Text(en="other tasks", zh="其他任务数"),
    "task": Text(en="task", zh="任务"),
    "rows": Text(en="rows", zh="行数"),
    "resembles": Text(en="resembles the others (p)", zh="与其他任务相似（p）"),
    "predicted": Text(en="predicted", zh="预测"),
    "observed": Text(en="observed", zh="实际"),
    "share": Text(en="share", zh="占比"),
}
TOO_FEW_TO_BE_UNLIKE = Text(
    en="With {tasks} tasks, none can be flagged as unlike the others: p is the proportion of tasks at least as "
    "unusual, itself included. It cannot fall below 1/{tasks} and would have to be {p} or less, which takes "
    "{least} tasks.",
    zh="只有 {tasks} 个任务，无法判定哪个任务与其他任务不同：p 值是异常程度不低于它的任务（含自身）所占的比例，"
    "最小为 1/{tasks}，而判定要求 p 不超过 {p}，至少需要 {least} 个任务。",
)
RECOMMENDED = Text(en="{name} (recommended)", zh="{name}（推荐）")
TESTED = Text(
    en="Each task is predicted by methods that know other tasks, a few of its own labelled rows, or both.",
    zh="预测每个任务的方法只见过其他任务、该任务的少量标注行，或两者都见过。",
)
UNTRIED = Text(en="Not compared: {methods}.", zh="未参与比较：{methods}。")
REASON = Text(en="{method} ({reason})", zh="{method}（{reason}）")
LABELS_AXIS = Text(en="labels per class in the new task", zh="新任务中每类的标注数")
POINTS_AXIS = Text(en="labels in the new task", zh="新任务中的标注数")
OTHER_TASKS_AXIS = Text(en="other tasks used for learning", zh="可供学习的其他任务数")


def methods_shown(found: OwnResults) -> list[str]:
    """Return the ids of the recommended method, and of the best of each rung, at the headline's labels."""
    sign, names = found.metric.sign, []
    for rung in Rung:
        able = {
            name: point
            for name in found.of_rungs(rung)
            if (point := found.at(name, found.protocol.headline)) is not None
        }
        if able:
            names.append(max(able, key=lambda name: sign * able[name].score.mean))
    return [*dict.fromkeys([found.advice.method, *names])]


def how_judged(found: OwnResults) -> Text:
    """Return a description of the evaluation."""
    at = found.protocol
    judged = JUDGED.format(folds=at.folds, training=at.training_tasks, repeats=at.repeats, seed=at.seed)
    return joined(judged, COVERED.format(divisions=at.divisions) if at.divisions > 1 else COVERED_IF_FEW)


def on_strangeness(found: OwnResults) -> Text | None:
    """Return why no p-values are shown of tasks that may be unlike the others; None if they are, or none is known."""
    if not found.compared_tasks or found.can_be_unlike:
        return None
    least = round(1 / UNLIKE_P)
    return TOO_FEW_TO_BE_UNLIKE.format(tasks=found.compared_tasks, p=UNLIKE_P, least=least)
