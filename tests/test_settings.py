"""Every setting: what it may be, where it is read from, and how a bad one stops the start."""

import dataclasses
import stat
import subprocess
import sys
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import MakeSettings
from tests.support import serve
from todoapp.app import create_app
from todoapp.setting_pages import configuration, documentation
from todoapp.setting_values import masked
from todoapp.settings import PREFIX, ROOT, BadSetting, Settings

NAMES = [field.name for field in dataclasses.fields(Settings) if field.metadata]
SECRET = "s" * 32


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"TODOAPP_DATA_DIR": str(tmp_path / "data")}


def refusal(environ: dict[str, str]) -> str:
    """Assert that the settings are refused in one sentence; return it."""
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(environ)
    sentence = str(refused.value)
    assert sentence.startswith("todoapp: TODOAPP_")
    assert "\n" not in sentence
    return sentence


def test_the_defaults_need_nothing_but_a_folder(environ: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.from_environment(environ)
    data = tmp_path / "data"
    assert dataclasses.asdict(settings) == {
        "bind": "127.0.0.1:8000",
        "data_dir": data,
        "database_url": f"sqlite:///{data / 'todoapp.db'}",
        "secret_key": (data / "secret_key").read_text(),
        "public_url": "",
        "trusted_hosts": (),
        "proxies": 0,
        "cors_origins": (),
        "rate_limit": (600, 60),
        "redis_url": "",
        "session_idle_hours": 72,
        "session_days": 14,
        "guest_access": False,
        "workers": 2,
        "threads": 4,
        "database_timeout": 5,
        "sqlite_synchronous": "full",
        "changes_days": 400,
        "trash_days": 30,
        "worker": True,
        "backup_dir": data / "backups",
        "backup_keep": 14,
        "backup_at": None,
        "log_format": "json",
        "metrics_token": "",
        "metrics_from": (),
        "origins": {"data_dir": "TODOAPP_DATA_DIR"},
    }
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


#: For every setting a value that is not its default, and what becomes of it.
CHOSEN: dict[str, tuple[str, Any]] = {
    "bind": ("[::1]:9000", "[::1]:9000"),
    "data_dir": ("", None),  # the temporary folder of each test
    "database_url": ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
    "secret_key": (SECRET, SECRET),
    "public_url": ("https://todo.example.com/", "https://todo.example.com"),
    "trusted_hosts": ("a.example, .b.example,", ("a.example", ".b.example")),
    "proxies": ("1", 1),
    "cors_origins": (
        "https://a.example, http://b.example:81,",
        ("https://a.example", "http://b.example:81"),
    ),
    "rate_limit": ("off", None),
    "redis_url": ("redis://10.0.0.1:6379/0", "redis://10.0.0.1:6379/0"),
    "session_idle_hours": ("8", 8),
    "session_days": ("30", 30),
    "guest_access": ("true", True),
    "workers": ("3", 3),
    "threads": ("8", 8),
    "database_timeout": ("300", 300),
    "sqlite_synchronous": ("normal", "normal"),
    "changes_days": ("30", 30),
    "trash_days": ("0", 0),
    "worker": ("false", False),
    "backup_dir": ("/srv/backups", Path("/srv/backups")),
    "backup_keep": ("7", 7),
    "backup_at": ("02:30", time(2, 30)),
    "log_format": ("text", "text"),
    "metrics_token": ("m" * 16, "m" * 16),
    "metrics_from": (
        "127.0.0.1,10.1.0.0/16, 2001:db8::/64",
        (ip_network("127.0.0.1"), ip_network("10.1.0.0/16"), ip_network("2001:db8::/64")),
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_read_from_its_variable_or_a_file(
    name: str, environ: dict[str, str], tmp_path: Path
) -> None:
    given, expected = CHOSEN[name]
    if name == "data_dir":
        given, expected = str(tmp_path / "elsewhere"), tmp_path / "elsewhere"
        environ = {}
    variable = PREFIX + name.upper()
    file = tmp_path / "value"
    file.write_text(given + "\n")
    for source in ({variable: given}, {f"{variable}_FILE": str(file)}):
        assert getattr(Settings.from_environment(environ | source), name) == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_told_as_it_would_be_set(name: str, environ: dict[str, str]) -> None:
    chosen = environ | {PREFIX + name.upper(): CHOSEN[name][0] or environ["TODOAPP_DATA_DIR"]}
    settings = Settings.from_environment(chosen)
    told = {one.name: one for one in configuration(settings)}[PREFIX + name.upper()]
    assert told.origin == told.name
    if name in ("secret_key", "metrics_token"):
        assert told.value == "***"
    else:
        again = Settings.from_environment(environ | {told.name: told.value})
        assert getattr(again, name) == getattr(settings, name)


def test_where_a_setting_comes_from_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://ada:secret@db/todo")
    environ |= {"TODOAPP_DATABASE_URL_FILE": str(tmp_path / "url"), "TODOAPP_THREADS": "8"}
    told = {one.name: one for one in configuration(Settings.from_environment(environ))}
    assert list(told) == [PREFIX + name.upper() for name in NAMES]
    assert told["TODOAPP_DATABASE_URL"].origin == "TODOAPP_DATABASE_URL_FILE"
    assert told["TODOAPP_THREADS"].origin == "TODOAPP_THREADS"
    assert told["TODOAPP_WORKERS"].origin is None
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql+psycopg://ada:secret@db:5432/todo",
            "postgresql+psycopg://ada:***@db:5432/todo",
        ),
        ("postgresql+psycopg://ada@db:5432/todo", "postgresql+psycopg://ada@db:5432/todo"),
        ("postgresql+psycopg://a:s@e/c@db/todo", "postgresql+psycopg://a:***@db/todo"),
        (
            "postgresql+psycopg:///todo?host=/run/pg&password=secret&sslmode=require&x=secret",
            "postgresql+psycopg:///todo?host=/run/pg&password=***&sslmode=require&x=***",
        ),
        ("redis://:secret@127.0.0.1:6379/0", "redis://:***@127.0.0.1:6379/0"),
        ("unix:///run/redis.sock?db=1&password=secret", "unix:///run/redis.sock?db=1&password=***"),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("sqlite:////srv/a:b@c.db", "sqlite:////srv/a:b@c.db"),
        ("", ""),
    ],
)
def test_passwords_in_urls_are_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{PREFIX}{name.upper()}` |" in documentation()


BAD = {
    "bind": [
        "8000",
        "999.1.1.1:80",
        "[zz]:80",
        "http://localhost:80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "localhost:65536",
        "a b:80",
        "::1:80",
    ],
    "database_url": [
        "todo.db",
        "mysql://localhost/todo",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///relative.db",
        "postgresql+asyncpg://localhost/todo",
        "postgresql://localhost:port/todo",
        "postgresql://localhost:65536/todo",
        "sqlite:////tmp/todo.db?mode=ro",
    ],
    "secret_key": ["s" * 31, "s" * 16 + " " + "s" * 16],
    "public_url": [
        "todo.example.com",
        "ftp://todo.example.com",
        "https://",
        "https://todo.example.com/path",
        "https://todo.example.com/?a=b",
        "https://[::1",
        "https://*.example.com",
        "https://a b",
        "https://ada@todo.example.com",
        "https://todo.example.com:65536",
        "https://b\u00fccher.example",
    ],
    "trusted_hosts": ["https://a.example", "*", "*.example.com", "a.example:80", "a;b", "::1"],
    "proxies": ["-1", "11", "yes", "\u0663"],
    "cors_origins": ["*", "app.example.com", "https://a.example,null", "https://a.example/b"],
    "rate_limit": ["600", "0/60", "600/0", "600/m", "none"],
    "redis_url": [
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://localhost:port",
        "redis://localhost:65536/0",
        "redis://localhost/zero",
        "redis://localhost?db=zero",
        "unix://run/redis.sock",
        "unix:///run/redis.sock?a=b&db=zero",
    ],
    "session_idle_hours": ["0", "8761"],
    "session_days": ["0", "366"],
    "guest_access": ["maybe", "2"],
    "workers": ["0", "65", "two", "-1", "1.5"],
    "threads": ["0", "65"],
    "database_timeout": ["0", "301", "5s", "9" * 5000],
    "sqlite_synchronous": ["off", "FULL"],
    "changes_days": ["0", "7", "forever"],
    "trash_days": ["-1", "never"],
    "worker": ["maybe", "2"],
    "log_format": ["xml"],
    "metrics_token": ["m" * 15, "with a space between", "m\u00fctzen" * 3],
    "metrics_from": ["everybody", "10.1.2.3/16", "10.1.0.0/33", "127.0.0.1;10.0.0.1"],
    "data_dir": ["/dev/null", "/dev/null/data", "~/todo", "/" + "a" * 300, "/tmp/a\0b"],
    "backup_dir": ["backups", "/tmp/\x1b[31m"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_bad_value_is_refused_by_name(environ: dict[str, str], name: str, value: str) -> None:
    variable = PREFIX + name.upper()
    sentence = refusal(environ | {variable: value})
    assert sentence.startswith(f"todoapp: {variable} ")
    assert sentence.endswith(".")


def test_a_refusal_does_not_repeat_a_secret(environ: dict[str, str]) -> None:
    for name, value in (
        ("database_url", "mysql://me:hunter2@host/x"),
        ("database_url", "postgresql://me:hunter2/x"),
        ("secret_key", "hunter2"),
    ):
        assert "hunter2" not in refusal(environ | {PREFIX + name.upper(): value})


@pytest.mark.parametrize("misspelt", ["TODOAPP_BINDD", "TODOAPP_BIND_FILE_FILE", "TODOAPP_"])
def test_a_setting_that_does_not_exist_is_refused(environ: dict[str, str], misspelt: str) -> None:
    assert refusal(environ | {misspelt: "x"}).startswith(f"todoapp: {misspelt} is not a setting")


def test_everything_that_is_wrong_is_told_at_once(environ: dict[str, str]) -> None:
    wrong = {"TODOAPP_WORKERS": "0", "TODOAPP_PORT": "80", "TODOAPP_LOG_FORMAT": "xml"}
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(environ | wrong)
    assert str(refused.value).splitlines() == [
        "todoapp: TODOAPP_PORT is not a setting: docs/configuration.md has all.",
        "todoapp: TODOAPP_WORKERS must be a whole number from 1 to 64.",
        "todoapp: TODOAPP_LOG_FORMAT must be one of: json, text.",
    ]


def test_a_misspelt_setting_is_told_how_it_is_spelt(environ: dict[str, str]) -> None:
    sentence = refusal(environ | {"TODOAPP_DATABASE_URI": "x"})
    assert sentence.endswith("is not a setting; TODOAPP_DATABASE_URL is one.")


def test_flask_todo_config_tells_all_that_is_wrong(tmp_path: Path) -> None:
    env = serve.environment(tmp_path, workers="0", secret_key="hunter2")
    finished = serve.todo("config", env=env)
    assert finished.returncode == 1
    assert [line.split()[1] for line in finished.stderr.splitlines()] == [
        "TODOAPP_SECRET_KEY",
        "TODOAPP_WORKERS",
    ]
    assert "hunter2" not in finished.stderr + finished.stdout


@pytest.mark.parametrize("more", [{}, {"TODOAPP_PROXIES": "1"}])
def test_addresses_say_nothing_behind_a_proxy_that_nobody_counts(
    environ: dict[str, str], more: dict[str, str]
) -> None:
    """Whoever came through it would have its address, and see the metrics."""
    environ |= {"TODOAPP_METRICS_FROM": "127.0.0.1", "TODOAPP_PUBLIC_URL": "https://a.example"}
    if more:
        assert Settings.from_environment(environ | more).is_measured
    else:
        assert refusal(environ).startswith("todoapp: TODOAPP_METRICS_FROM goes by addresses")


def test_variables_of_others_are_let_be(environ: dict[str, str]) -> None:
    assert Settings.from_environment(environ | {"PATH": "", "TODO_BIND": "x", "BIND": "y"})


def test_an_empty_variable_is_as_good_as_none(environ: dict[str, str]) -> None:
    for value in ("", " ", "\r"):
        settings = Settings.from_environment(environ | {"TODOAPP_WORKERS": value})
        assert settings.workers == 2
        assert "workers" not in settings.origins


def test_what_stands_around_a_value_does_not_count(environ: dict[str, str]) -> None:
    """Files of variables that were written on Windows end their lines so."""
    assert Settings.from_environment(environ | {"TODOAPP_WORKERS": " 3\r"}).workers == 3


def test_set_twice_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "threads").write_text("4")
    both = {"TODOAPP_THREADS": "4", "TODOAPP_THREADS_FILE": str(tmp_path / "threads")}
    assert "set twice" in refusal(environ | both)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"", b" \n"])
def test_a_file_that_gives_no_value_is_refused(
    environ: dict[str, str], tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    sentence = refusal(environ | {"TODOAPP_SECRET_KEY_FILE": str(file)})
    assert sentence.startswith("todoapp: TODOAPP_SECRET_KEY_FILE ")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/urandom", "/"])
def test_a_file_that_is_no_file_is_refused(environ: dict[str, str], path: str) -> None:
    assert refusal(environ | {"TODOAPP_SECRET_KEY_FILE": path}).startswith(
        "todoapp: TODOAPP_SECRET_KEY"
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgresql://u:p@db/todo", "postgresql+psycopg://u:p@db/todo"),
        ("postgres://u:p@db/todo", "postgresql+psycopg://u:p@db/todo"),
        ("postgresql+psycopg:///a?host=%2Frun", "postgresql+psycopg:///a?host=%2Frun"),
        ("sqlite:////var/lib/todo.db", "sqlite:////var/lib/todo.db"),
    ],
)
def test_a_database_url_gets_its_driver(environ: dict[str, str], given: str, kept: str) -> None:
    settings = Settings.from_environment(environ | {"TODOAPP_DATABASE_URL": given})
    assert settings.database_url == kept
    assert settings.is_sqlite == given.startswith("sqlite")
    assert settings.url.render_as_string(hide_password=False) == kept


def test_a_relative_data_folder_is_below_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "mkdir", lambda *_a, **_k: None)
    monkeypatch.setattr("os.access", lambda *_a: True)
    settings = Settings.from_environment({"TODOAPP_DATA_DIR": "data", "TODOAPP_SECRET_KEY": SECRET})
    assert settings.data_dir == ROOT / "data"


UNPRIVILEGED = """
import os, sys
from todoapp.settings import Settings
if os.geteuid() == 0:
    os.setuid(65534)
Settings.from_environment({"TODOAPP_DATA_DIR": sys.argv[1]})
"""


def test_a_folder_that_cannot_be_written_to_is_refused() -> None:
    folder = "/usr"  # it is there, for all to read
    command = [sys.executable, "-c", UNPRIVILEGED, folder]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert serve.one_sentence(finished).startswith("todoapp: TODOAPP_DATA_DIR ")
    assert finished.returncode == 1


def test_the_secret_key_is_written_once_and_for_its_owner_only(
    environ: dict[str, str], tmp_path: Path
) -> None:
    first = Settings.from_environment(environ)
    file = tmp_path / "data" / "secret_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first.secret_key) >= 32
    assert Settings.from_environment(environ).secret_key == first.secret_key
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_a_secret_key_that_was_cut_off_is_told_from_one_that_was_set(
    environ: dict[str, str], tmp_path: Path
) -> None:
    kept = tmp_path / "data" / "secret_key"
    kept.parent.mkdir()
    for content in (b"cut-off", b"\xff" * 40):
        kept.write_bytes(content)
        sentence = refusal(environ)
        assert sentence.startswith("todoapp: TODOAPP_SECRET_KEY ")
        assert str(kept) in sentence
        assert "cut-off" not in sentence


def test_a_secret_key_of_ones_own_is_not_written_down(
    environ: dict[str, str], tmp_path: Path
) -> None:
    Settings.from_environment(environ | {"TODOAPP_SECRET_KEY": SECRET})
    assert list((tmp_path / "data").iterdir()) == []


RACER = """
import sys
from todoapp.settings import Settings
print("ready", flush=True)
sys.stdin.readline()
print(Settings.from_environment({"TODOAPP_DATA_DIR": sys.argv[1]}).secret_key)
"""


def test_processes_that_start_at_once_agree_on_the_secret_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACER, str(tmp_path / "data")]
    racers = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    keys = {racer.communicate(timeout=30)[0] for racer in racers}
    assert keys == {(tmp_path / "data" / "secret_key").read_text() + "\n"}
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


HOSTS = {
    "bind": "192.0.2.7:8000",
    "public_url": "https://todo.example.com:8443",
    "trusted_hosts": "intern.example,.cluster.example",
}


@pytest.fixture(scope="module")
def hosted(make_settings: MakeSettings) -> Flask:
    return create_app(make_settings(**HOSTS))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("192.0.2.7:8000", 200),
        ("todo.example.com", 200),
        ("TODO.example.com", 200),
        ("intern.example", 200),
        ("a.cluster.example", 200),
        ("a.intern.example", 400),
        ("todo.example.com.evil.example", 400),
        ("evil.example", 400),
        ("intern.example,evil.example", 400),
        ("[::2]:8000", 400),
        ("", 400),
    ],
)
def test_only_trusted_hosts_are_answered(hosted: Flask, host: str, status: int) -> None:
    answer = hosted.test_client().get("/problems", headers={"Host": host})
    assert answer.status_code == status
    assert hosted.test_client().get("/livez", headers={"Host": host}).status_code == 200


def test_an_address_for_everybody_is_not_a_host_name(make_settings: MakeSettings) -> None:
    for bind in ("0.0.0.0:8000", "[::]:8000"):
        assert make_settings(bind=bind).hosts == ["localhost", "127.0.0.1", "[::1]"]


def test_an_ipv6_address_of_ours_is_a_host_name_in_brackets(make_settings: MakeSettings) -> None:
    settings = make_settings(bind="[2001:db8::1]:8000", public_url="https://[2001:DB8::2]:8443")
    assert settings.hosts[3:] == ["[2001:db8::2]", "[2001:db8::1]"]


@pytest.mark.parametrize(
    ("bind", "public_url", "base"),
    [
        ("127.0.0.1:8000", "", "http://127.0.0.1:8000"),
        ("0.0.0.0:8000", "", "http://127.0.0.1:8000"),
        ("[::]:80", "", "http://[::1]:80"),
        ("0.0.0.0:8000", "https://todo.example.com", "https://todo.example.com"),
    ],
)
def test_it_knows_where_to_be_reached(
    bind: str, public_url: str, base: str, environ: dict[str, str]
) -> None:
    chosen = {"TODOAPP_BIND": bind, "TODOAPP_PUBLIC_URL": public_url}
    assert Settings.from_environment({**environ, **chosen}).base_url == base
