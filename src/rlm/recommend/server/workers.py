"""Several workers behind one port: forked from a process that has mapped and warmed the model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication
from threadpoolctl import threadpool_limits

from rlm.recommend.server.log import LOGGING
from rlm.recommend.server.web import application

if TYPE_CHECKING:
    from rlm.recommend.server.answering import Answering

# Requests that wait inside one worker while another is answered: keep-alive connections of callers.
_THREADS: Final = 4
_SECONDS_TO_FINISH: Final = 30


class Workers(BaseApplication):  # type: ignore[misc]  # it has no types
    """Gunicorn, told everything by arguments."""

    def __init__(self, answering: Answering, bind: str, workers: int) -> None:
        self._answering = answering
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "threads": _THREADS,
            "worker_class": "gthread",
            # The model is in memory before the fork, so its pages are there once for all workers.
            "preload_app": True,
            "keepalive": 75,
            "timeout": 60,
            "graceful_timeout": _SECONDS_TO_FINISH,
            "post_fork": _one_thread_each,
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: PTH112, S108
            "errorlog": "-",
            "logconfig_dict": LOGGING,
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        return application(self._answering)


def serve(answering: Answering, bind: str, workers: int) -> None:
    """Answer on `bind` (host:port) until told to stop; SIGTERM lets what is under way finish."""
    Workers(answering, bind, workers).run()


def _one_thread_each(arbiter: object, worker: object) -> None:
    """Workers are as many as cores: more threads in each would only take turns."""
    threadpool_limits(1)
