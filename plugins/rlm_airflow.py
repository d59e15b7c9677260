"""What Airflow loads as plugins: it runs each file of its folder that .airflowignore lets through.

Under its bare name: in any other file here a name like `calendar` would replace the standard
library's. The package itself is imported by DAGs and from here, and never run.
"""

from __future__ import annotations

from rlm_plugin.menu import RlmMenuPlugin
from rlm_plugin.pipeline_metrics import RlmMetricsPlugin

__all__ = ["RlmMenuPlugin", "RlmMetricsPlugin"]
