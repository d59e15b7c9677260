"""Data capture: a sample of an endpoint's requests and answers, in S3, in AWS's layout."""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.sagemaker.runtime import Answered
    from localaws.scope import Scope
    from localaws.wire import Request

_log = logging.getLogger("localaws.sagemaker")

# AWS gathers for minutes; what is captured here can be looked at soon.
WRITE_SECONDS = 2.0


class Capture:
    """Gathers samples and writes them, a file for an endpoint's variant and the seconds passed."""

    def __init__(self, call: InProcessCall) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._lines: dict[tuple[Scope, str], list[str]] = defaultdict(list)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="data-capture", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is left."""
        self._stopped.set()
        self._thread.join(10)

    def see(
        self,
        scope: Scope,
        endpoint: str,
        variant: str,
        config: Document,
        request: Request,
        body: bytes,
        answered: Answered,
        event_id: str,
    ) -> None:
        """Keep this request and its answer, if the sample takes them."""
        if not config.get("EnableCapture", True):
            return
        if random.random() * 100 >= config["InitialSamplingPercentage"]:  # noqa: S311 - a sample
            return
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        headers = config.get("CaptureContentTypeHeader") or {}
        captured: Document = {}
        if modes & {"Input", "InputAndOutput"}:
            kind = request.headers.get("content-type", "")
            captured["endpointInput"] = _side("INPUT", kind, body, headers)
        if modes & {"Output", "InputAndOutput"}:
            kind = answered.headers.get("content-type", "")
            captured["endpointOutput"] = _side("OUTPUT", kind, answered.body, headers)
        now = datetime.now(UTC)
        metadata = {"eventId": event_id, "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if given := request.headers.get("x-amzn-sagemaker-inference-id"):
            metadata["inferenceId"] = given
        line: dict[str, Any] = {
            "captureData": captured,
            "eventMetadata": metadata,
            "eventVersion": "0",
        }
        folder = f"{config['DestinationS3Uri'].rstrip('/')}/{endpoint}/{variant}"
        folder += now.strftime("/%Y/%m/%d/%H")
        with self._lock:
            self._lines[scope, folder].append(json.dumps(line))

    def _run(self) -> None:
        while not self._stopped.wait(WRITE_SECONDS):
            self._write()
        self._write()

    def _write(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, defaultdict(list)
        for (scope, folder), some in lines.items():
            stamp = datetime.now(UTC).strftime("%M-%S-%f")[:-3]
            address = f"{folder}/{stamp}-{uuid.uuid4()}.jsonl"
            bucket, _, key = address.removeprefix("s3://").partition("/")
            try:
                self._call(
                    "s3",
                    "PutObject",
                    {
                        "Bucket": bucket,
                        "Key": key,
                        "Body": "".join(f"{x}\n" for x in some).encode(),
                    },
                    region=scope.region,
                    account=scope.account,
                )
            except (AwsError, TimeoutError) as error:
                _log.warning("captured data is lost: %s: %s", address, error)


def _side(mode: str, content_type: str, body: bytes, headers: Document) -> Document:
    """One side of an invocation; what no header list claims is base64, as on AWS."""
    kind = content_type.partition(";")[0].strip()
    encoding, content = "BASE64", base64.b64encode(body).decode("ascii")
    for name, claimed in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
        if kind in (headers.get(claimed) or ()):
            encoding, content = name, body.decode("utf-8", errors="replace")
    return {
        "observedContentType": content_type,
        "mode": mode,
        "data": content,
        "encoding": encoding,
    }
