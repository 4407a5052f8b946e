"""A user's own training: progress, live curves, and the use of the model."""

from html import escape

import pandas as pd
import streamlit as st

from dashboard import long_work, pages, session, training, words
from dashboard.charts import user_training as charts
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.training import Training
from dashboard.views import formatting, frame, user_learner
from dashboard.views.section import Section, draw_section
from scenarios.catalog import SCENARIOS
from scenarios.demo.user_training import ONE_GO, SHOTS, ReferenceScores
from scenarios.errors import UserError
from scenarios.learners.registry import BAYES, REGISTRY
from scenarios.text import Language, Text

_PATIENT = 5.0  # seconds after which a chunk that has not come is spoken of
_HEADING = Text(
    en="**{title}** · {strategy} · {steps} meta-steps · {tasks} training tasks",
    zh="**{title}** · {strategy} · {steps} 步元训练 · {tasks} 个训练任务",
)
_INNER = Text(en="inner steps: {steps}", zh="内循环步数：{steps}")
_PAUSE, _RESUME = Text(en="Pause", zh="暂停"), Text(en="Resume", zh="继续")
_CANCEL, _ANOTHER = Text(en="Cancel", zh="取消"), Text(en="Train another", zh="再训练一个")
_USE = Text(en="Use this model on the pages", zh="在我的页面上使用它")
_DOWNLOAD = Text(en="Download the weights (.npz)", zh="下载权重（.npz）")
_OPEN = Text(en="Open {title} with this model", zh="用它打开：{title}")
_BEGINNING = Text(
    en="Sampling training tasks and compiling. This happens once and takes ten seconds or more.",
    zh="正在抽取训练任务并编译，只需一次，约十秒或更久。",
)
_QUEUED = Text(en="Not started yet", zh="尚未开始")
_RUNNING = Text(en="{done} of {all} meta-steps · about {left} left", zh="{done} / {all} 步 · 约剩 {left}")
_PAUSED = Text(en="Paused at {done} of {all} meta-steps", zh="已暂停：{done} / {all} 步")
_DONE = Text(en="Done: {all} meta-steps", zh="已完成：{all} 步")
_STARTED = Text(en="Training is running.", zh="训练正在进行。")
_FINISHED = Text(en="Training is done. {finding}", zh="训练已完成。{finding}")
_BUSY = Text(
    en="The server is busy with other requests; your training will continue automatically.",
    zh="服务器正忙于其他请求，一有空闲就会自动继续你的训练。",
)
_IN_QUEUE = Text(
    en="This server runs {most} trainings at a time. Yours is number {place} in the queue and will start "
    "automatically.",
    zh="本服务器最多同时进行 {most} 个训练。你的训练排在第 {place} 位，轮到时会自动开始。",
)
_CLOSED = Text(
    en="With {labels}: {metric} {score}. {share} of the gap between {scratch_name} ({scratch}) and the Bayes-optimal "
    "score ({bayes}) is closed.",
    zh="{labels}时，{metric}为 {score}：{scratch_name}（{scratch}）与贝叶斯最优（{bayes}）之间的差距已缩小 {share}。",
)
_BEHIND = Text(
    en="With {labels}: {metric} {score}, not yet better than {scratch_name} ({scratch}); the Bayes-optimal "
    "score is {bayes}.",
    zh="{labels}时，{metric}为 {score}：尚未超过{scratch_name}（{scratch}），贝叶斯最优为 {bayes}。",
)
_SO_FAR = Text(en="With {labels}: {metric} {score}.", zh="{labels}时，{metric}为 {score}。")
_CHUNKS = Text(
    en="Evaluated after every slice on the same {tasks} validation tasks. Training pauses while you are on "
    "another page.",
    zh="每训练一段，就在同一批 {tasks} 个验证任务上评估一次。离开本页时，训练会停下来等你。",
)
_JUDGED = Text(
    en="Evaluated after every slice on the same {tasks} validation tasks with {queries} query examples each, "
    "drawn like training tasks but never trained on. The line of {scratch_name} is the best method that sees "
    "the new task's labels only. Training pauses while you are on another page. Use its weights with `python "
    "-m scenarios predict --weights`.",
    zh="每训练一段，就在同一批 {tasks} 个验证任务（各 {queries} 个查询样本）上评估一次，这些任务与训练任务同分布，"
    "但从不用于训练。参考线“{scratch_name}”是只用新任务标注的方法中最好的一个。离开本页时训练会停下来等你。"
    "权重可用于 `python -m scenarios predict --weights`。",
)
_LOSS_SEEN = Text(
    en="Loss on training tasks against meta-steps: {first} at first, {last} after {steps} steps.",
    zh="训练任务上的损失随元训练步数的变化：最初为 {first}，{steps} 步后为 {last}。",
)


def announce() -> None:
    """Draw, for screen readers alone, that a training starts, rests or ends.

    It is drawn without a training, too: a screen reader announces a change of what it has seen before.
    """
    now, language = training.current(), session.language()
    with st.container(key="training_news"):
        st.html(f"<p>{escape(_news(now)[language]) if now else '&nbsp;'}</p>")


def _news(now: Training) -> Text:
    if now.running:
        return _STARTED
    if not now.done:
        return _progress(now)
    return _FINISHED.format(finding=_finding(now, None))


def show() -> None:
    """Draw the training that there is."""
    now = training.current()
    if now is None:
        return
    choice, language = now.choice, session.language()
    heading = _HEADING.format(
        title=SCENARIOS[choice.scenario].prose.title,
        strategy=REGISTRY[choice.learner].name_in("training"),
        steps=f"{choice.meta_steps:,}",
        tasks=f"{choice.train_tasks:,}",
    )[language]
    if choice.learner not in ONE_GO:
        heading += f" · {_INNER.format(steps=choice.inner_steps)[language]}"
    st.markdown(heading)
    _controls(now)
    # Defined in each full run, so that it stops refreshing when the training pauses.
    st.fragment(_watch, run_every=now.poll)(_buttons(now), now.poll)


def _watch(buttons: tuple[bool, bool], poll: float | None) -> None:
    with frame.error_boundary():  # here too: by itself, a part of a page runs without its page
        _look(buttons, poll)


def _buttons(now: Training) -> tuple[bool, bool]:
    """Return the state that decides which buttons there are."""
    return now.running, now.reached is not None


def _controls(now: Training) -> None:
    language = session.language()
    with st.container(horizontal=True, vertical_alignment="center", key="training_controls"):
        if now.running:
            st.button(_PAUSE[language], key="pause_training", icon=":material/pause:", on_click=training.pause)
        elif not now.done:
            st.button(
                _RESUME[language],
                key="resume_training",
                icon=":material/play_arrow:",
                type="primary",
                on_click=training.resume,
            )
        label, icon = (_ANOTHER, ":material/restart_alt:") if now.done else (_CANCEL, ":material/close:")
        st.button(label[language], key="cancel_training", icon=icon, on_click=_cancel)
        if now.reached and not now.running:
            _take_along(now)


def _cancel() -> None:
    training.cancel()
    session.change(own=0)


def _look(buttons: tuple[bool, bool], poll: float | None) -> None:
    """Draw the progress. `buttons` are those in place; `poll` is after how many seconds the fragment runs again."""
    now, language = training.look(), session.language()
    if now is None:
        return
    if (_buttons(now), now.poll) != (buttons, poll):  # it is done, or it stopped, or there is nothing to await
        st.rerun()
    st.progress(now.steps / now.choice.meta_steps, text=_progress(now)[language])
    if now.trouble:
        st.error(now.trouble[language])
    if now.place:
        st.info(_IN_QUEUE.format(most=long_work.AT_ONCE, place=now.place)[language], icon=":material/hourglass_top:")
    if now.reached and now.waiting > _PATIENT:
        st.caption(_BUSY[language])
    if not now.history:
        return
    draw_section(_section(now, _reference(now, language), language))


def _progress(now: Training) -> Text:
    counted = {"done": f"{now.steps:,}", "all": f"{now.choice.meta_steps:,}"}
    if now.done:
        return _DONE.format(**counted)
    if not now.running:
        return _PAUSED.format(**counted)
    if now.place and not now.steps:
        return _QUEUED
    if now.seconds_left is None:
        return _BEGINNING
    return _RUNNING.format(left=formatting.duration(now.seconds_left), **counted)


def _reference(now: Training, language: Language) -> ReferenceScores | None:
    """Return the reference scores on the same tasks; None while they are being computed."""
    if now.reference is None or not now.reference.wait(0):
        return None
    try:
        scores: ReferenceScores = now.reference.answer()
        return scores
    except UserError as error:
        st.error(error.text[language])
        return None


def _finding(now: Training, reference: ReferenceScores | None) -> Text:
    scenario, score = SCENARIOS[now.choice.scenario], now.history[-1][2]
    known: dict[str, object] = {
        "metric": scenario.metric.name,
        "labels": words.counted(scenario.metric, SHOTS),
        "score": scored(score, scenario.metric, 1),
    }
    if reference is None:
        return _SO_FAR.format(**known)
    share = reference.gap_closed(score)
    known |= {
        "scratch_name": _name(reference.from_scratch),
        "scratch": scored(reference.scratch, scenario.metric, 1),
        "bayes": scored(reference.bayes, scenario.metric, 1),
    }
    if share <= 0:
        return _BEHIND.format(**known)
    return _CLOSED.format(share=percent(share), **known)


def _name(learner: str) -> Text:
    return Text(en=named(learner, "en"), zh=named(learner, "zh"))


def _judged(reference: ReferenceScores) -> Text:
    return _JUDGED.format(
        tasks=reference.tasks,
        queries=reference.queries,
        scratch_name=_name(reference.from_scratch),
    )


def _section(now: Training, reference: ReferenceScores | None, language: Language) -> Section:
    """Return how far the training has come: loss on training tasks, and score on validation tasks."""
    steps, losses, scores = (list(values) for values in zip(*now.history, strict=True))
    last, metric, finding = now.choice.meta_steps, SCENARIOS[now.choice.scenario].metric, _finding(now, reference)
    lines = {reference.from_scratch: reference.scratch, BAYES: reference.bayes} if reference else {}
    loss_seen = _LOSS_SEEN.format(first=f"{losses[0]:.3g}", last=f"{losses[-1]:.3g}", steps=f"{steps[-1]:,}")
    meta_steps = words.PARTS["meta_steps"][language]
    loss = Section(
        key="training_loss_chart",
        figure=charts.loss_chart(steps, losses, last=last, language=language),
        alt=loss_seen[language],
        table=pd.DataFrame({meta_steps: steps, charts.LOSS[language]: losses}),
    )
    score = Section(
        key="training_score_chart",
        figure=charts.score_chart(steps, scores, lines, last=last, metric=metric, language=language),
        alt=finding[language],
        table=pd.DataFrame({meta_steps: steps, metric.name[language]: scores}),
    )
    return Section(
        key="training",
        finding=f"**{finding[language]}**",
        parts=(loss, score),
        note=_CHUNKS.format(tasks=reference.tasks)[language] if reference else "",
        method=_judged(reference)[language] if reference else "",
    )


def _take_along(now: Training) -> None:
    """Use the learner on the pages of this visit, or take its weights away."""
    if now.reached is None:
        return
    language, choice = session.language(), now.choice
    st.download_button(
        _DOWNLOAD[language],
        now.reached.weights,
        file_name=f"{choice.scenario}.{choice.learner}.npz",
        mime="application/octet-stream",
        on_click="ignore",
        key="download_weights",
        icon=":material/download:",
    )
    own = training.own(choice.scenario)
    if own is None or own.weights != now.reached.weights:
        st.button(
            _USE[language],
            key="use_learner",
            type="primary" if now.done else "secondary",
            icon=":material/check:",
            on_click=training.use,
        )
        return
    st.button(user_learner.BACK[language], key="give_back", icon=":material/undo:", on_click=training.give_back)
    prose = SCENARIOS[choice.scenario].prose
    pages.link(choice.scenario, _OPEN.format(title=prose.title), prose.icon)
