"""What runs a page's commands tells those that fail from those that cannot run here."""

from __future__ import annotations

import pytest

from .readme import Ended, commands_under, programs, run_each

PAGE = """# A page
## First
```sh
echo not this
```
## Second one
```python
print("nor this")
```
```sh
export WORD=said

echo $WORD
```
```sh
echo nor this
```
## Third
Words.
"""


def test_commands_are_those_of_the_first_block_of_the_section() -> None:
    assert commands_under("Second one", PAGE) == ["export WORD=said", "echo $WORD"]


@pytest.mark.parametrize("heading", ["Third", "Fourth", "Second"])
def test_a_section_without_commands_is_an_error(heading: str) -> None:
    with pytest.raises(ValueError, match=f"no block of sh under ## {heading}"):
        commands_under(heading, PAGE)


def test_exports_hold_for_the_lines_behind_them() -> None:
    assert run_each(["export WORD=said", "echo $WORD"]) == [Ended("echo $WORD", stdout="said\n")]


@pytest.mark.parametrize(
    "line", ["cat no-such-file", "echo some | grep other", "curl -fsS http://127.0.0.1:9"]
)
def test_a_command_that_fails_is_no_missing_one(line: str) -> None:
    (ended,) = run_each([line])
    assert ended.exit_code != 0
    assert ended.missing == ""


def test_a_program_that_is_not_there_is_named() -> None:
    assert run_each(["echo a | no-such-program"]) == [
        Ended("echo a | no-such-program", "no-such-program")
    ]


def test_programs_are_the_first_words_of_a_pipeline() -> None:
    assert programs("""echo '{"a": [1 | 2]}' | aws s3 cp - s3://b | "grep" x""") == [
        "echo", "aws", "grep",
    ]  # fmt: skip
