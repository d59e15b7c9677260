"""Filter patterns of CloudWatch Logs on single events."""

from __future__ import annotations

import json

import pytest

from localaws.errors import AwsError
from localaws.log_filters.patterns import compile_pattern

EVENT = json.dumps(
    {
        "level": "ERROR",
        "n": 12,
        "ok": True,
        "gone": None,
        "list": [{"id": "a"}],
        "odd name": "v",
        "ip": "10.0.0.7",
        "status": "404",
    }
)
LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /a b HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR Exception", "ERROR: Exception", True),
        ("ERROR Exception", "ERROR only", False),
        ("?ERROR ?WARN", "WARN only", True),
        ("?ERROR ?WARN", "INFO", False),
        ("ERROR -timeout", "ERROR timeout", False),
        ('"not found" -"of course"', "was not found", True),
        (r"%status=5\d\d%", "status=503", True),
        (r"%status=5\d\d%", "status=404", False),
    ],
)
def test_terms(pattern: str, message: str, expected: bool) -> None:
    assert compile_pattern(pattern).matches(message) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.level = "ERROR" }', True),
        ("{$.level=ERROR}", True),
        ('{ $.level = "E*R" }', True),
        ("{ $.level = %^ERR% }", True),
        ('{ $.level != "ERROR" }', False),
        ('{ $.nobody != "ERROR" }', False),
        ("{ $.n = 12 }", True),
        ("{ $.n > 12 }", False),
        ("{ $.n >= 12 && $.n <= 12 }", True),
        ("{ $.status >= 400 }", True),
        ("{ $.ip = 10.0.* }", True),
        ("{ $.ok IS TRUE }", True),
        ("{ $.ok IS FALSE }", False),
        ("{ $.gone IS NULL }", True),
        ("{ $.nobody IS NULL }", False),
        ("{ $.nobody NOT EXISTS }", True),
        ("{ $.list[0].id = a }", True),
        ("{ $.list[1].id = a }", False),
        ("{ $.['odd name'] = v }", True),
        ("{ $.n = 1 || $.level = ERROR && $.n = 2 }", False),
        ("{ ($.n = 1 || $.level = ERROR) && $.n = 12 }", True),
    ],
)
def test_conditions_on_json(pattern: str, expected: bool) -> None:
    assert compile_pattern(pattern).matches(EVENT) is expected
    assert not compile_pattern(pattern).matches("no JSON at all")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (
            "[ip, id, user, at, request, status, size]",
            {
                "$ip": "127.0.0.1",
                "$id": "-",
                "$user": "frank",
                "$at": "10/Oct/2000:13:25:15 -0700",
                "$request": "GET /a b HTTP/1.0",
                "$status": "404",
                "$size": "1534",
            },
        ),
        ('[ip, ..., request = "GET*", status = 4*, size > 1000]', "$size"),
        ("[..., status = 404 || status = 410, size]", "$status"),
        ("[ip, ..., status != 404, size]", None),
        ("[ip, id]", None),
        ("[ip, ..., size < 100]", None),
    ],
)
def test_space_delimited_fields(pattern: str, expected: object) -> None:
    found = compile_pattern(pattern).extracted(LINE)
    if isinstance(expected, str):
        assert found is not None
        assert expected in found
    else:
        assert found == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.level = }",
        "{ level = 1 }",
        "{ $.n > many }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a = 1",
        "[a, b",
        "[a, ..., ...]",
        "%(%",
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(AwsError) as raised:
        compile_pattern(pattern)
    assert raised.value.code == "InvalidParameterException"
