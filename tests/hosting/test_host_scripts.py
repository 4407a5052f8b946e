"""Promise: the scripts for hosts delete, publish and overwrite only their own files, and clean up after themselves."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.live_server import ROOT, free_port, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these are for a POSIX shell")

SPACE = "https://huggingface.co/spaces/somebody/quick-study"
GIT = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, and return its output."""
    return subprocess.run([*GIT, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path) -> None:
    """Make a folder a repository, unless it is one, and commit all of it."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "All")


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Every file and link of a folder, by name: contents, or a link's target."""
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository with a stand-in for each file that the Containerfile copies."""
    house = tmp_path / "house"
    shutil.copytree(ROOT / ".hosting", house / ".hosting")
    recipe = (house / ".hosting" / "Containerfile").read_text(encoding="utf-8")
    for line in re.findall(r"(?m)^COPY +(.*) \S+$", recipe):
        for name in line.split():
            path = house / name / "kept.txt" if (ROOT / name).is_dir() else house / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("tracked", encoding="utf-8")
    shutil.copy(ROOT / ".gitignore", house)
    commit(house)
    return house


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """The clone of an empty Space."""
    source, clone = tmp_path / "source.git", tmp_path / "space"
    subprocess.run([*GIT, "init", "--quiet", "--bare", source], check=True)
    subprocess.run([*GIT, "clone", "--quiet", source, clone], check=True, capture_output=True)
    git(clone, "remote", "set-url", "origin", SPACE)
    return clone


def publish(repository: Path, to: Path) -> subprocess.CompletedProcess[str]:
    script = repository / ".hosting" / "hugging-face.sh"
    return subprocess.run([script, to], capture_output=True, text=True, timeout=60)


def assert_refused(repository: Path, to: Path, reason: str) -> None:
    """The script refuses with one message and exit code 2, and neither folder has changed."""
    before = snapshot(repository), snapshot(to) if to.is_dir() else {}
    result = publish(repository, to)
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    assert reason in result.stderr
    assert result.stderr.startswith(f"{repository}/.hosting/hugging-face.sh: ")
    assert (snapshot(repository), snapshot(to) if to.is_dir() else {}) == before


def test_a_space_gets_the_files_of_the_last_commit_and_nothing_else(repository: Path, space: Path):
    (space / "dashboard").mkdir()
    (space / "dashboard" / "old.py").touch()
    (space / "notes.txt").write_text("mine", encoding="utf-8")
    commit(space)
    # Ignored, each in one of git's ways: none of these makes the repository dirty, and none may be published.
    (repository / ".git" / "info" / "exclude").write_text("id_rsa\n", encoding="utf-8")
    for secret in ("dashboard/id_rsa", "dashboard/.env", ".streamlit/secrets.toml", "scenarios/__pycache__/a.pyc"):
        (repository / secret).parent.mkdir(exist_ok=True)
        (repository / secret).write_text("secret", encoding="utf-8")
    result = publish(repository, space)
    assert result.returncode == 0, result.stderr
    shown = {name for name in snapshot(space) if not name.startswith(".git/")}
    assert {"Dockerfile", ".dockerignore", ".gitattributes", "README.md", "dashboard/kept.txt", "notes.txt"} <= shown
    assert "requirements.txt" in shown
    assert "dashboard/old.py" not in shown
    assert [name for name, body in snapshot(space).items() if body == b"secret"] == []


@pytest.mark.parametrize("origin", ["git@hf.co:spaces/a/b", "https://me:hf_token@huggingface.co/spaces/a/b"])
def test_a_space_is_known_by_its_origin(repository: Path, space: Path, origin: str):
    git(space, "remote", "set-url", "origin", origin)
    assert publish(repository, space).returncode == 0


def test_a_space_is_known_by_its_readme_too(repository: Path, space: Path):
    git(space, "remote", "set-url", "origin", "https://mirror.example.org/space")
    (space / "README.md").write_text("---\ntitle: A Space\nsdk: docker\n---\n", encoding="utf-8")
    commit(space)
    assert publish(repository, space).returncode == 0


def test_the_repository_is_refused_through_a_link_inside_and_around(repository: Path, tmp_path: Path):
    link = tmp_path / "link"
    link.symlink_to(repository)
    for mistaken in (repository, link, repository / "dashboard", link / "dashboard", repository / ".git"):
        assert_refused(repository, mistaken, "is this repository or a folder inside it")
    nested = repository / "assets" / "space"
    nested.mkdir()
    commit(nested)
    git(nested, "remote", "add", "origin", SPACE)
    assert_refused(repository, nested, "is this repository or a folder inside it")
    shutil.rmtree(nested)
    commit(tmp_path)
    git(tmp_path, "remote", "add", "origin", SPACE)
    assert_refused(repository, tmp_path, "contains this repository")


def test_another_work_tree_of_the_repository_is_refused(repository: Path, tmp_path: Path):
    git(repository, "remote", "add", "origin", SPACE)
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    assert_refused(repository, tmp_path / "tree", "is another work tree of this repository")


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "https://example.org/mine",
        "https://example.org/@huggingface.co/mine",
        "https://huggingface.co.example.org/mine",
        "git@example.org:huggingface.co/mine",
    ],
)
def test_a_foreign_repository_is_refused(repository: Path, tmp_path: Path, origin: str):
    other = tmp_path / "other"
    (other / "assets").mkdir(parents=True)
    (other / "assets" / "mine").write_text("precious", encoding="utf-8")
    (other / "README.md").write_text("# Mine\n\nsdk: docker\n", encoding="utf-8")
    commit(other)
    if origin:
        git(other, "remote", "add", "origin", origin)
    assert_refused(repository, other, "its origin is not at huggingface.co")


def test_a_clone_that_would_be_pushed_elsewhere_is_refused(repository: Path, space: Path):
    git(space, "remote", "set-url", "--push", "origin", "https://example.org/mine")
    assert_refused(repository, space, "its origin is not at huggingface.co")


def test_folders_that_are_no_clones_are_refused(repository: Path, space: Path, tmp_path: Path):
    (tmp_path / "plain").mkdir()
    (space / "inside").mkdir()
    assert_refused(repository, tmp_path / "plain", "it is no git repository")
    assert_refused(repository, tmp_path / "nowhere", "is not a folder")
    assert_refused(repository, space / "inside", "is a folder inside another repository")


@pytest.mark.parametrize("name", ["dashboard/id_rsa", "dashboard/kept.txt", ".hosting/Containerfile"])
def test_changes_that_are_not_committed_are_listed_and_refused(repository: Path, space: Path, name: str):
    with (repository / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert_refused(repository, space, name)


def test_work_in_the_clone_that_is_not_committed_is_not_lost(repository: Path, space: Path):
    (space / "dashboard").mkdir()
    (space / "dashboard" / "mine.py").write_text("precious", encoding="utf-8")
    assert_refused(repository, space, "dashboard/mine.py")


def test_links_in_the_clone_are_replaced_and_their_targets_untouched(repository: Path, space: Path, tmp_path: Path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious", encoding="utf-8")
    (space / "assets").symlink_to(precious)
    (space / "LICENSE").symlink_to(precious / "file")
    commit(space)
    assert publish(repository, space).returncode == 0
    assert snapshot(precious) == {"file": b"precious"}
    assert not (space / "LICENSE").is_symlink()


# -- replicas.sh -----------------------------------------------------------------------------------------------------

REPLICA = '''"""A replica that is ready one second after it has started."""
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ready_at = time.monotonic() + 1


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if time.monotonic() > ready_at else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Answer).serve_forever()
'''


class Replicas:
    """`replicas.sh` with replicas that only answer, on free ports, in a folder that all users can write to."""

    def __init__(self) -> None:
        self.house = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
        self.house.chmod(0o755)
        self.temporary = self.house / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)
        self.port = free_port()
        (self.house / "dashboard").mkdir()
        (self.house / "dashboard" / "__main__.py").write_text(REPLICA, encoding="utf-8")
        shutil.copytree(ROOT / ".hosting", self.house / ".hosting")
        ports = {f"{8501 + n}": f"{free_port()}" for n in range(3)} | {"listen 8080": f"listen 127.0.0.1:{self.port}"}
        for name in ("replicas.sh", "nginx.conf"):
            path = self.house / ".hosting" / name
            text = path.read_text(encoding="utf-8")
            for old, new in ports.items():
                text = text.replace(old, new)
            path.write_text(text, encoding="utf-8")
        self.log = self.house / "log"
        self.statuses: Counter[int] = Counter()
        self._ended = threading.Event()
        self._knocker = threading.Thread(target=self._knock)
        self.process: psutil.Popen | None = None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
        self._knocker.start()
        with self.log.open("w") as log:
            self.process = psutil.Popen(
                ["sh", str(self.house / ".hosting" / "replicas.sh")],
                env=environment | {"TMPDIR": str(self.temporary), "PYTHON": sys.executable},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._is_announced, "the address is not printed")

    def _is_announced(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return f"http://localhost:{self.port}/" in self.log.read_text()

    def _knock(self) -> None:
        while not self._ended.wait(0.05):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=20) as answer:
                    self.statuses[answer.status] += 1
            except urllib.error.HTTPError as error:
                with error:
                    self.statuses[error.code] += 1
            except OSError:
                continue  # nginx does not listen yet

    def close(self) -> None:
        self._ended.set()
        if self._knocker.ident:
            self._knocker.join()
        if self.process:
            family = [self.process]
            if self.process.poll() is None:
                family += self.process.children(recursive=True)
                self.process.send_signal(signal.SIGTERM)
            left = psutil.wait_procs(family, timeout=20)[1]
            for process in left:
                process.kill()
            assert left == [], "the script leaves processes behind"
        self.folders_left = [path.name for path in self.temporary.iterdir() if path.name != "quick-study-proxy"]
        shutil.rmtree(self.house)


@pytest.fixture
def replicas() -> Iterator[Replicas]:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin") is None:
        if os.environ.get("QUICK_STUDY_NGINX") == "required":
            pytest.fail("QUICK_STUDY_NGINX=required, but there is no nginx")
        pytest.skip("there is no nginx")
    running = Replicas()
    yield running
    running.close()
    assert running.folders_left == [], "the script leaves its folder behind"


def test_the_replicas_script_announces_an_address_that_works_and_early_visitors_see_no_failure(replicas: Replicas):
    replicas.start()
    before = replicas.statuses[200]
    wait_until(lambda: replicas.statuses[200] > before + 20, "nginx does not answer")
    assert set(replicas.statuses) == {200}
    [folder] = replicas.temporary.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), folder.stat().st_uid) == (0o700, os.geteuid())
    assert (folder / "nginx.pid").is_file()


def test_a_replica_that_ends_at_once_is_named(replicas: Replicas):
    (replicas.house / "dashboard" / "__main__.py").write_text("raise SystemExit(1)", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"the replica at port \d+ has ended"):
        replicas.start()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can act as another user")
def test_another_user_gains_nothing_from_making_the_old_folder_first(replicas: Replicas):
    """A link `nginx.pid` in a folder of that user's had nginx overwrite a file of root's."""
    if shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv to act as another user")
    victim = replicas.house / "victim"
    victim.write_text("victim-data", encoding="utf-8")

    def as_nobody(command: str) -> subprocess.CompletedProcess[str]:
        other = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", command)
        return subprocess.run(other, cwd=replicas.temporary, capture_output=True, text=True, timeout=20)

    attack = f"mkdir -m 777 quick-study-proxy && ln -s {victim} quick-study-proxy/nginx.pid"
    assert as_nobody(attack).returncode == 0
    replicas.start()
    assert victim.read_text(encoding="utf-8") == "victim-data"
    assert [path.name for path in (replicas.temporary / "quick-study-proxy").iterdir()] == ["nginx.pid"]
    [folder] = [path for path in replicas.temporary.iterdir() if path.name != "quick-study-proxy"]
    for command in (f"ls {folder}", f"touch {folder}/cache/script", f"rm -r {folder}", f"mv {folder} elsewhere"):
        assert as_nobody(command).returncode != 0, command
    assert set(replicas.statuses) <= {200}
