"""A whole deployment, for real: nginx before two services, on PostgreSQL and Redis."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import nginx, postgres, serve
from tests.support.redis import RedisServer
from tests.support.serve import Server

NAMES = ("one", "two")


@dataclass
class Topology:
    """Instances by their names, and the proxy before all of them."""

    folder: Path
    #: What all instances have in common.
    chosen: dict[str, str]
    stack: ExitStack
    key: str = ""
    instances: dict[str, Server] = field(default_factory=dict)
    proxy: Server = field(init=False)

    def set_up(self) -> None:
        """Start everything for the first time."""
        envs = {name: serve.environment(self.folder / name, **self.chosen) for name in NAMES}
        made = serve.todo("init", env=envs["one"])
        key = serve.KEY.search(made.stdout)
        assert key, made.stderr
        self.key = key[0]
        for name, env in envs.items():
            self.start(name, env)
        binds = [server.bind for server in self.instances.values()]
        self.proxy = self.stack.enter_context(nginx.proxy(self.folder / "nginx", *binds))
        self.proxy.key = self.key

    def start(self, name: str, env: dict[str, str]) -> None:
        """Start an instance and wait until it is ready."""
        log = self.folder / f"{name}.log"
        starting = serve.started(str(serve.BIN / "gunicorn"), env=env, log=log)
        self.instances[name] = self.stack.enter_context(starting)
        self.instances[name].key = self.key

    def restart(self, name: str) -> None:
        """Stop an instance as a service manager does, unless it has ended, and start it again."""
        server = self.instances[name]
        if server.process.poll() is None:
            server.stop()
        self.start(name, server.env)

    def heal(self) -> None:
        """Start what a test has ended."""
        for name, server in list(self.instances.items()):
            if server.process.poll() is not None:
                self.restart(name)


@pytest.fixture(scope="session")
def _topology(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Topology]:
    nginx.installed()
    folder = tmp_path_factory.mktemp("topology")
    (folder / "redis").mkdir()
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer(folder / "redis"))
        server: str = request.getfixturevalue("postgresql_server")
        chosen = {
            "database_url": postgres.new_database(server, "topology"),
            "redis_url": redis.url,
            "secret_key": "what-all-instances-of-an-installation-share",
            "proxies": "1",
            "workers": "1",
            "rate_limit": "1000000/86400",
        }
        topology = Topology(folder, chosen, stack)
        topology.set_up()
        yield topology
        topology.proxy.stop()  # first: instances wait for what it may still send


@pytest.fixture
def topology(_topology: Topology) -> Topology:
    """Return it, all of it running: two instances of one worker each, which believe one proxy."""
    _topology.heal()
    return _topology
