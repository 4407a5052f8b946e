"""The player of a regression, with its finding, its table and its files."""

from functools import partial

import pandas as pd

from dashboard import session, words
from dashboard.charts.fits import Frame, Truth, fits_chart
from dashboard.charts.player import Averages
from dashboard.charts.style import named
from dashboard.language import scored
from dashboard.permalink import Points
from dashboard.views import points_panel, rungs
from dashboard.views.formatting import BLUE, ORANGE, coloured
from dashboard.views.section import Section, draw_section
from dashboard.views.story_panel import File
from scenarios.demo.precomputed import DemoTask, curve_grid
from scenarios.episode import Draw
from scenarios.learners.registry import TRACED, demonstrated
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Examples
from scenarios.text import Language, Text

CHART = "fits_chart"
_LUCK = Text(
    en="On a single task, a method may beat the Bayes-optimal curve by luck; on average over tasks, none does.",
    zh="单看一个任务，凭运气可能胜过贝叶斯最优；多任务平均下来，没有方法能胜过它。",
)
_HERE = Text(
    en="This {task}, {queries} further {examples}: meta-learned {maml}, from scratch {scratch}{others} ({metric}).",
    zh="这{task}的另外 {queries} {examples}：元学习 {maml}，从零训练 {scratch}{others}（{metric}）。",
)
_OWN = Text(
    en="The curve of each model through your points, at its evaluation step. Press Play to see how the curves adapt.",
    zh="各模型根据你的点画出的曲线，停在各自的评估步数处。点击播放，可以看到曲线如何一步步形成。",
)
_TAKEAWAY = Text(
    en="Curves fitted to {points} after each gradient step, and {metric}. {scores}",
    zh="由{points}拟合的曲线在每一步梯度下降之后的样子，以及{metric}。{scores}",
)
_TAKEAWAY_SCORES = Text(
    en="Meta-learned: {maml} after step {step}. From scratch: {scratch} after {scratch_step} steps.",
    zh="第 {step} 步后元学习网络为 {maml}；从零训练在 {scratch_step} 步后为 {scratch}。",
)
_TAKEAWAY_OWN = Text(
    en="Your own points have no true curve, and so no score.",
    zh="你放置的点没有对应的真实曲线，因此没有分数。",
)
_OPENS = Text(
    en="Shown at each method's evaluation step: meta-learned {step}, from scratch {scratch_step}.",
    zh="打开时停在各方法的评估步数：元学习 {step} 步，从零训练 {scratch_step} 步。",
)
_STEPS = Text(
    en="The figure opens at each method's evaluation step: meta-learned after step {step}, for which its "
    "initialisation was trained; from scratch after step {scratch_step}, chosen with its learning rate on "
    "training tasks. Far beyond that step, a curve may diverge out of the chart.",
    zh="打开时各方法停在各自的评估步数：元学习走 {step} 步，其起点正是为此训练的；从零训练走 {scratch_step} 步，步"
    "数与学习率均在训练任务上选定。远超各自步数之后，曲线可能发散，超出图框。",
)
_POOLED = Text(
    en="The pooled network does not see this task's points, so it can only predict the average of all tasks.",
    zh="合并训练的网络不看本任务的点，只能画出所有任务的平均曲线。",
)
_OFFSET = Text(
    en="The noise has mean {offset}, so the best prediction is the true curve plus {offset}.",
    zh="噪声的均值为 {offset}，因此最佳预测是真实曲线加上 {offset}。",
)
_NO_BEST = Text(
    en="There is no Bayes-optimal curve here: no task of this family passes through these points.",
    zh="这里没有贝叶斯最优曲线：该族中没有任何任务会经过这些点。",
)
_TRUTH = Text(en="true curve", zh="真实曲线")
_DEVIATION = Text(en="{name}, standard deviation", zh="{name}，标准差")
_SUPPORT_FILE = Text(en="Labelled points (CSV)", zh="已知点（CSV）")
_CURVES_FILE = Text(en="The curves above (CSV)", zh="上图的曲线（CSV）")


def show(
    scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask, truth: Truth | None, own: Points, frame: Frame
) -> None:
    """`own` are the user's points, if any; then `truth` is None."""
    draw_section(
        section(scenario, study, draw, shown, truth, frame, session.language()),
        on_select=partial(points_panel.place, CHART, frame),
        controls=partial(points_panel.controls, own, frame),
    )


def section(
    scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask, truth: Truth | None, frame: Frame,
    language: Language,
) -> Section:  # fmt: skip
    """Return the curves of this task, step by step, and how far each is from it."""
    shots, target = draw.support.y.shape[1], scenario.target or scenario.features[0]
    scores = {name: scored(score, scenario.metric) for name, score in shown.scores.items()}
    averages = Averages(
        walks={name: study.at(name, shots, "trajectory") for name in TRACED},
        ceiling=study.at("bayes", shots)[0],
        tasks=study.tasks,
    )
    figure = fits_chart(
        shown, curve_grid(scenario), draw.support, truth, averages, frame,
        task=scenario.prose.a_task, metric=scenario.metric, language=language,
        axes=(scenario.features[0].label[language], target.label[language]),
    )  # fmt: skip
    steps = {"step": shown.evaluation_step["maml"], "scratch_step": shown.evaluation_step["scratch"]}
    spoken_scores = _TAKEAWAY_SCORES.format(**steps, **scores) if scores else _TAKEAWAY_OWN
    return Section(
        key=CHART,
        finding=_here(scenario, draw, scores, language),
        figure=figure,
        alt=_TAKEAWAY.format(
            points=words.counted(scenario.metric, shots), metric=scenario.metric.name, scores=spoken_scores
        )[language],
        table=partial(curves_table, scenario, shown, truth, language),
        note=_OPENS.format(**steps)[language],
        method=_notes(scenario, shown, truth, steps, language),
    )


def _here(scenario: Scenario, draw: Draw, scores: dict[str, str], language: Language) -> str:
    """How far each is from this task's further points."""
    if not scores:
        return _OWN[language]
    comma = ", " if language == "en" else "，"
    beside = [name for name in demonstrated(scenario) if name in scores and name not in TRACED]
    others = "".join(f"{comma}{named(name, language)} {scores[name]}" for name in beside)
    return _HERE.format(
        task=scenario.prose.a_task[language],
        examples=scenario.prose.some_examples[language],
        queries=draw.query.y.shape[1],
        maml=coloured(scores["maml"], BLUE),
        scratch=coloured(scores["scratch"], ORANGE),
        others=others,
        metric=scenario.metric.name[language],
    )[language]


def _notes(scenario: Scenario, shown: DemoTask, truth: Truth | None, steps: dict[str, int], language: Language) -> str:
    notes = [_POOLED]
    if truth is not None and truth.noisy:
        notes.append(_OFFSET.format(offset=f"{truth.offset:.2f}"))
    if "bayes" not in shown.answers:
        notes.append(_NO_BEST)
    elif any(score < shown.scores["bayes"] for score in shown.scores.values()):
        notes.append(_LUCK)
    return words.joined(*notes, _STEPS.format(**steps), rungs.familiarity(scenario, shown.p_value))[language]


def files(scenario: Scenario, draw: Draw, shown: DemoTask | None, truth: Truth | None) -> dict[str, File]:
    """Return the files that can be downloaded, by name: a title and the table."""
    tables: dict[str, File] = {"points": (_SUPPORT_FILE, lambda _: points_table(scenario, draw.support))}
    if shown is not None:
        tables["fits"] = (_CURVES_FILE, partial(curves_table, scenario, shown, truth))
    return tables


def points_table(scenario: Scenario, support: Examples) -> pd.DataFrame:
    target = scenario.target or scenario.features[0]
    return pd.DataFrame({scenario.features[0].name: support.x[0, :, 0], target.name: support.y[0]})


def curves_table(scenario: Scenario, shown: DemoTask, truth: Truth | None, language: Language) -> pd.DataFrame:
    """Return one row per x: the true curve, and each learner's prediction at its evaluation step."""
    columns: dict[str, object] = {scenario.features[0].label[language]: curve_grid(scenario).round(4)}
    if truth is not None:
        columns[_TRUTH[language]] = truth.curve.round(4)
    for name in demonstrated(scenario):
        if name in shown.answers:
            columns[named(name, language)] = shown.answers[name][:, 0].astype(float).round(4)
    if "bayes" in shown.answers:
        name = named("bayes", language)
        columns[_DEVIATION.format(name=name)[language]] = shown.answers["bayes"][:, 1].astype(float).round(4)
    return pd.DataFrame(columns)
