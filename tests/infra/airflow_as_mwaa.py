"""A program, not a test: says as JSON what the Airflow that runs it has loaded, and from where."""

from __future__ import annotations

import json
import os
import sys
from importlib import metadata
from pathlib import Path


def main() -> None:
    from airflow import plugins_manager
    from airflow.configuration import conf, ensure_secrets_loaded
    from airflow.dag_processing.dagbag import DagBag
    from airflow.listeners.listener import get_listener_manager

    plugins_folder = os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"]
    plugins, plugin_errors = plugins_manager._get_plugins()
    bag = DagBag(dag_folder=os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    import rlm

    modules = {
        name: str(Path(module.__file__).resolve())
        for name, module in list(sys.modules.items())
        if getattr(module, "__file__", None)
    }
    options = [
        name.removeprefix("AIRFLOW__").lower().split("__", 1)
        for name in os.environ
        if name.startswith("AIRFLOW__")
    ]
    known = conf.configuration_description
    from_plugins = [name for name, file in modules.items() if file.startswith(plugins_folder)]
    told = {
        "python_version": ".".join(map(str, sys.version_info[:2])),
        "versions": {dist.name: dist.version for dist in metadata.distributions()},
        "rlm": str(Path(rlm.__file__).resolve()),
        "path": sys.path,
        "path_variable": os.environ.get("PYTHONPATH"),
        "plugins": {plugin.name: str(plugin.source) for plugin in plugins},
        "plugin_errors": plugin_errors,
        "menu": [
            view["name"]
            for plugin in plugins
            if (plugin.name or "").startswith("rlm_")
            for view in plugin.external_views
        ],
        "run_from_plugins": sorted(
            name for name in from_plugins if not name.startswith("rlm_plugin")
        ),
        "listeners": [
            getattr(one, "__module__", None) or one.__name__
            for one in get_listener_manager().pm.get_plugins()
        ],
        "shadowed": sorted(
            name
            for name, file in modules.items()
            if name.partition(".")[0] in sys.stdlib_module_names
            and file.startswith(os.environ["AIRFLOW_HOME"])
            and "/venv/" not in file
        ),
        "dags": sorted(bag.dags),
        "dag_files": sorted({dag.fileloc for dag in bag.dags.values()}),
        "import_errors": bag.import_errors,
        "options": {
            ".".join(one): conf.get(*one) for one in options if one[0] in ("api", "secrets")
        },
        "unknown_options": [
            one for one in options if one[1] not in known.get(one[0], {}).get("options", {})
        ],
        "backends": [type(backend).__name__ for backend in ensure_secrets_loaded()],
    }
    sys.stdout.write(f"\n{json.dumps(told, default=str)}\n")


if __name__ == "__main__":
    main()
