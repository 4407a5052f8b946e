"""What the benchmark of serving found, what it should be, and how that is printed."""

from dataclasses import dataclass, field

FLAT = 1.1  # what may become of a worker's memory that is called flat


@dataclass(frozen=True)
class Load:
    """What one crowd found. Times in seconds, CPU in milliseconds for each run of the script, memory in MB."""

    server: str
    sessions: int
    per_second: float
    p50: float
    p95: float
    kilobytes: float
    errors: int
    arrived_p95: float  # the first paint, when all come at once
    web_cpu: float
    worker_cpu: float
    web_memory: int  # at most, while it went on
    worker_memory: int
    client_share: float  # of one core
    error: str = ""  # one of them
    by_deed: dict[str, tuple[int, float, float]] = field(default_factory=dict)  # number, p50, p95


@dataclass(frozen=True)
class Page:
    """What one page costs. Times in seconds, sizes in kB."""

    page: str
    cold: float
    warm: float
    socket: float
    files: float
    file_count: int
    rerun: float | None
    largest: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Goal:
    """Something that this site wants to be, and what it is."""

    what: str
    found: float
    limit: float
    at_least: bool = False

    @property
    def verdict(self) -> str:
        good = self.found >= self.limit if self.at_least else self.found <= self.limit
        if good:
            return "met"
        worse, better = (self.limit, self.found) if self.at_least else (self.found, self.limit)
        return f"missed by factor {worse / better:.1f}" if better else "missed"


@dataclass
class Found:
    loads: list[Load] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    memory: dict[str, tuple[int, int]] = field(default_factory=dict)  # moment -> MB of web process and worker
    goals: list[Goal] = field(default_factory=list)

    def load(self, server: str, sessions: int) -> Load:
        [found] = [load for load in self.loads if (load.server, load.sessions) == (server, sessions)]
        return found


def goals(found: Found, hundred: int, visits: int) -> list[Goal]:
    """`hundred` is the largest number of sessions at once, of `visits` in all."""
    fifty = 50
    page = {each.page: each for each in found.pages}
    ours, bare = found.load("ours, fresh tasks", fifty), found.load("bare", fifty)
    crowd, workshop = found.load("ours, fresh tasks", hundred), found.load("ours, workshop", hundred)
    before, after = found.memory["before the visits"], found.memory[f"after {visits} visits"]
    return [
        Goal("1. cold first paint of Home, x bare", page["home"].cold / page["bare"].cold, 1.5),
        Goal("2a. reruns/s at 50 with real adaptation, x bare", ours.per_second / bare.per_second, 3, at_least=True),
        Goal("2b. p95 of the same, x bare", ours.p95 / bare.p95, 1),
        Goal(f"3a. errors at {hundred}, slider and workshop", crowd.errors + workshop.errors, 0),
        Goal(f"3b. p95 at {hundred} without a pause, s", crowd.p95, 3),
        Goal(f"3c. p95 at {hundred} in a workshop, s", workshop.p95, 3),
        Goal(
            "4. reruns/s at 50 on the preset, x bare-tuned",
            found.load("ours, preset", fifty).per_second / found.load("bare-tuned", fifty).per_second,
            0.5,
            at_least=True,
        ),
        Goal("5. the largest rerun, kB", max(each.rerun or 0 for each in found.pages), 150),
        Goal(f"6a. web process after {visits} visits, MB", after[0], 250),
        Goal("6b. worker after the visits, x before", after[1] / before[1], FLAT),
    ]


def report(found: Found) -> str:
    bare = {load.sessions: load for load in found.loads if load.server == "bare"}
    lines = [
        "First paint in s; kB over the socket, as files over HTTP, and of a rerun after the slider moved",
        f"{'page':20} {'cold':>6} {'x bare':>7} {'warm':>6} {'socket':>7} {'files':>7} {'in':>4} {'rerun':>7}",
    ]
    for page in found.pages:
        rerun = "–" if page.rerun is None else f"{page.rerun:.0f}"
        lines.append(
            f"{page.page:20} {page.cold:6.2f} {page.cold / found.pages[0].cold:7.1f} {page.warm:6.2f}"
            f" {page.socket:7.0f} {page.files:7.0f} {page.file_count:4} {rerun:>7}"
        )
    largest = ", ".join(f"{name.rsplit('/', 1)[-1]} {size:.0f}" for name, size in found.pages[-1].largest.items())
    lines += [
        f"the largest files, kB: {largest}",
        "",
        "Sessions at once; times in s; CPU in ms for each run; memory at most, MB; client: its share of one core",
        f"{'server':20} {'n':>4} {'runs/s':>7} {'x bare':>7} {'p50':>6} {'p95':>6} {'arrive':>7} {'kB':>6}"
        f" {'errors':>6} {'web':>6} {'worker':>7} {'web MB':>7} {'worker':>7} {'client':>7}",
    ]
    for load in found.loads:
        ratio = f"{load.per_second / bare[load.sessions].per_second:.1f}" if load.sessions in bare else "–"
        lines.append(
            f"{load.server:20} {load.sessions:4} {load.per_second:7.1f} {ratio:>7} {load.p50:6.2f} {load.p95:6.2f}"
            f" {load.arrived_p95:7.2f} {load.kilobytes:6.0f} {load.errors:6} {load.web_cpu:6.0f} {load.worker_cpu:7.0f}"
            f" {load.web_memory:7} {load.worker_memory:7} {load.client_share:7.0%}"
        )
    *_, workshop = [load for load in found.loads if load.server == "ours, workshop"]
    deeds = ", ".join(f"{deed} {n} ({p50:.2f} / {p95:.2f} s)" for deed, (n, p50, p95) in workshop.by_deed.items())
    lines += [f"in the largest workshop, p50 / p95: {deeds}"]
    lines += [f"an error: {load.server}, {load.sessions}: {load.error}" for load in found.loads if load.error]
    lines += ["", "Memory, MB: web process, worker"]
    lines += [f"{moment:24} {web:6} {worker:6}" for moment, (web, worker) in found.memory.items()]
    lines += ["", "Goals, on two cores with the client on the same machine"]
    lines += [
        f"{goal.what:52} {goal.found:8.2f} {'>=' if goal.at_least else '<='} {goal.limit:<6g} {goal.verdict}"
        for goal in found.goals
    ]
    return "\n".join(lines)
