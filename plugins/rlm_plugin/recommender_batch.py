"""Keeps an answer for every fan where the API finds it when the endpoint is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from rlm import names
from rlm.serving.recommendations import recommend_for_all
from rlm_plugin.recommender_registry import registry
from rlm_plugin.recommender_rollout import described

if TYPE_CHECKING:
    from airflow.sdk import Context


class RecommendForAllFansOperator(BaseOperator):
    """Asks the live endpoint for every fan and writes the answers to `Recommendations`.

    Skipped while there is no endpoint. A rerun writes the same items again.
    """

    def __init__(self, *, env: str, aws_conn_id: str | None = "aws_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask and write; returns how many."""
        if described(registry(self.aws_conn_id), names.endpoint(self.env)) is None:
            raise AirflowSkipException("no endpoint answers yet: no model was ever approved")
        session = AwsBaseHook(aws_conn_id=self.aws_conn_id, client_type="s3").get_session()
        result = recommend_for_all(session, self.env, self.log.info)
        self.log.info(
            "%s: %d fans, %d items written in %.1f s",
            result.model_version,
            result.fans,
            result.written,
            result.seconds,
        )
        return result.to_json()
