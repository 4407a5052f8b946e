"""Promise: the recipes for hosts name what exists. There is no container engine here, so they are followed by hand."""

import compileall
import os
import re
import shlex
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dashboard import settings
from tests.hosting.test_host_scripts import commit
from tests.hosting.test_hosting import state
from tests.live_server import ROOT, LiveServer, copy_house, wait_until, without_model

RECIPES = ROOT / ".hosting"


def instructions(recipe: str) -> list[tuple[str, str]]:
    """The lines of a Containerfile: what to do, and with what."""
    text = re.sub(r"(?m)^\s*#.*\n", "", recipe).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def environment(path: Path) -> dict[str, str]:
    """What a file for `--env-file` sets, the lines that are suggestions among them."""
    lines = [line.lstrip("#") for line in path.read_text(encoding="utf-8").splitlines()]
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


@pytest.fixture(scope="module")
def container() -> list[tuple[str, str]]:
    return instructions((RECIPES / "Containerfile").read_text(encoding="utf-8"))


def test_the_container_is_made_from_what_exists_by_a_python_that_is_supported(container: list[tuple[str, str]]):
    [image] = [value for word, value in container if word == "FROM"]
    assert re.fullmatch(r"python:3\.1[123]-slim@sha256:[0-9a-f]{64}", image), "by its digest: a name can change hands"
    copied = [part for word, value in container if word == "COPY" for part in value.split()[:-1]]
    assert [part for part in copied if not (ROOT / part).exists()] == []
    assert ".streamlit" not in copied, "secrets may stand beside the settings"
    assert set(copied) >= {
        ".streamlit/config.toml",
        "assets",
        "dashboard",
        "scenarios",
        "requirements.txt",
        "pyproject.toml",
    }
    order = [word for word, _ in container]
    assert order.index("USER") > max(n for n, word in enumerate(order) if word in ("RUN", "COPY")), "not as root"


def healthy(program: str, port: int, **more: str) -> bool:
    """The result of the container's health check for a server at a port."""
    settings = os.environ | {"STREAMLIT_SERVER_PORT": f"{port}"} | more
    return (
        subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, timeout=300).returncode == 0
    )


def test_the_health_check_asks_below_the_path_that_a_host_has_set(container: list[tuple[str, str]]):
    class Below(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/study/ready" else 404)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Nothing."""

    [check] = [value for word, value in container if word == "HEALTHCHECK"]
    program = eval(check.partition("CMD ")[2])[2]
    with ThreadingHTTPServer(("127.0.0.1", 0), Below) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for path in ("study", "/study/"):
            assert healthy(program, server.server_port, STREAMLIT_SERVER_BASE_URL_PATH=path)
        assert not healthy(program, server.server_port)
        server.shutdown()


def test_what_the_container_does_works_from_nothing_but_what_it_copies(
    container: list[tuple[str, str]], tmp_path: Path
):
    """Run its start command, in its environment, until its health check succeeds."""
    house = without_model(copy_house(tmp_path / "app"))
    (house / "awake").unlink()
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, house)
    assert compileall.compile_dir(house / "dashboard", quiet=1)
    [start] = [value for word, value in container if word == "CMD"]
    [check] = [value for word, value in container if word == "HEALTHCHECK"]
    given = dict(pair.split("=", 1) for word, value in container if word == "ENV" for pair in value.split())
    assert given["STREAMLIT_SERVER_ADDRESS"] == "0.0.0.0"
    port = given["STREAMLIT_SERVER_PORT"]
    assert [value for word, value in container if word == "EXPOSE"] == [port]
    python, *command = eval(start)
    assert python == "python"
    program = eval(check.partition("CMD ")[2])
    assert program[:2] == ["python", "-c"]

    settled = {"QUICK_STUDY_WAKE": "yes", "PYTHONDONTWRITEBYTECODE": given["PYTHONDONTWRITEBYTECODE"]}
    server = LiveServer(house, command, settled)
    try:
        assert state(server)[0] == 503
        assert not healthy(program[2], server.port)
        (house / "awake").touch()
        wait_until(lambda: state(server)[0] == 200, "it does not get ready")
        assert healthy(program[2], server.port)
    finally:
        server.close()


def test_only_what_is_copied_reaches_the_builder(container: list[tuple[str, str]]):
    kept = (RECIPES / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"**/secrets.toml", "**/.env"} <= set(kept)
    copied = [part.lstrip("./") for word, value in container if word == "COPY" for part in value.split()[:-1]]
    assert {line[1:].lstrip(".") for line in kept if line.startswith("!")} == {part.lstrip(".") for part in copied}
    assert "*" in kept


def test_every_variable_of_the_recipes_is_one_that_is_read():
    from streamlit import config

    known = {option.env_var for option in config.get_config_options().values()}
    given = environment(RECIPES / "public.env")
    assert len(given) >= 8
    assert [name for name in given if name.startswith("STREAMLIT_") and name not in known] == []
    ours = {name: value for name, value in given.items() if name.startswith("QUICK_STUDY_")}
    settings.read({name: str(ROOT) if value.startswith("/srv/") else value for name, value in ours.items()})
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboard").glob("*.py"))
    read = {name for name in ours if name in source or f'"{name.removeprefix("QUICK_STUDY_")}"' in source}
    assert set(ours) == read


def test_streamlits_settings_are_settings_that_it_has():
    from streamlit import config

    assert config.get_option("server.maxUploadSize") is not None
    path = ROOT / ".streamlit" / "config.toml"
    sections = re.split(r"(?m)^\[(\w+(?:\.\w+)*)\]$", path.read_text(encoding="utf-8"))[1:]
    for section, body in zip(sections[::2], sections[1::2], strict=True):
        for name in re.findall(r"(?m)^(\w+) =", body):
            assert f"{section}.{name}" in config.get_config_options()


@pytest.mark.skipif(os.name != "posix", reason="these are for a POSIX shell")
def test_what_is_pushed_to_hugging_face_is_whole(tmp_path: Path):
    space = tmp_path / "space"
    (space / "dashboard").mkdir(parents=True)
    (space / "dashboard" / "old.py").touch()
    here = tmp_path / "here"
    shutil.copytree(ROOT, here, ignore=shutil.ignore_patterns(".git", ".venv", ".study", "__pycache__", "tests"))
    commit(here)
    commit(space)
    subprocess.run(["git", "remote", "add", "origin", "https://huggingface.co/spaces/a/b"], cwd=space, check=True)
    for folder in (here / ".streamlit", here / "dashboard" / ".streamlit"):
        folder.mkdir(exist_ok=True)
        (folder / "secrets.toml").write_text("token = 1")
    script = here / ".hosting" / "hugging-face.sh"
    subprocess.run([script, space], check=True, capture_output=True)
    shutil.rmtree(space / ".git")
    assert not list(space.rglob("secrets*")), "what is pushed is public"
    by_lfs = {line.split()[0].lstrip("*") for line in (space / ".gitattributes").read_text().splitlines()}
    binary = {path.suffix for path in space.rglob("*") if path.is_file() and b"\0" in path.read_bytes()[:8000]}
    assert binary == by_lfs, "the site takes such files by git-lfs alone"
    container = instructions((space / "Dockerfile").read_text(encoding="utf-8"))
    copied = [part for word, value in container if word == "COPY" for part in value.split()[:-1]]
    assert [part for part in copied if not (space / part).exists()] == []
    assert not (space / "dashboard" / "old.py").exists()
    assert not list(space.rglob("__pycache__"))
    front = (space / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    told = dict(line.split(": ", 1) for line in front.splitlines())
    assert told["sdk"] == "docker"
    assert ("EXPOSE", told["app_port"]) in container


@pytest.mark.skipif(os.name != "posix", reason="these are for a POSIX shell")
@pytest.mark.parametrize("name", ["hugging-face.sh", "replicas.sh"])
def test_scripts_are_in_order_and_may_be_run(name: str):
    subprocess.run(["sh", "-n", RECIPES / name], check=True)
    assert os.access(RECIPES / name, os.X_OK)


def test_the_replicas_are_where_the_proxy_looks_for_them():
    proxy = (RECIPES / "nginx.conf").read_text(encoding="utf-8")
    [started] = re.findall(r"for port in (\d[\d ]+);", (RECIPES / "replicas.sh").read_text(encoding="utf-8"))
    assert re.findall(r"server 127\.0\.0\.1:(\d+)", proxy) == shlex.split(started)


def test_community_cloud_finds_the_pinned_requirements_and_nothing_before_them():
    """It takes the first that it finds of these, beside the entry and then at the top."""
    before = ("uv.lock", "Pipfile", "environment.yml")
    assert [
        name for name in (*before, "requirements.txt", "pyproject.toml") if (ROOT / "dashboard" / name).exists()
    ] == []
    assert [name for name in before if (ROOT / name).exists()] == []
    assert (ROOT / "requirements.txt").exists()


def test_the_guide_for_hosts_names_every_recipe_and_the_readme_names_the_guide():
    assert ".hosting/README.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    guide = (RECIPES / "README.md").read_text(encoding="utf-8")
    names = {path.name.removesuffix(".dockerignore") for path in RECIPES.iterdir()} - {"README.md"}
    assert [name for name in sorted(names) if name not in guide] == []
