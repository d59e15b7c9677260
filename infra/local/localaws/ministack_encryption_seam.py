"""ministack's S3, given the account's own key for aws:kms without a key's name.

S3 falls back to the managed key `aws/s3`, and the CDK's asset bucket relies on it;
ministack 1.5.33 refuses.
"""

from __future__ import annotations

import importlib
from typing import Any

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


def fall_back_to_the_managed_key() -> None:
    """Put our function in place of ministack's; once a process, before the first request."""
    s3: Any = importlib.import_module("ministack.services.s3")
    responses: Any = importlib.import_module("ministack.core.responses")
    resolve = s3._resolve_sse_write_headers

    def with_managed_key(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            scope = f"{responses.get_region()}:{responses.get_account_id()}"
            headers = {**headers, _KEY: f"arn:aws:kms:{scope}:alias/aws/s3"}
        return resolve(headers, bucket)

    s3._resolve_sse_write_headers = with_managed_key
