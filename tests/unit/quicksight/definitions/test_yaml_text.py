import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm.quicksight.definitions import yaml_text
from rlm.quicksight.definitions.findings import DefinitionError

TEXTS = st.text() | st.text(alphabet="ab \n\t:#-'\"\\|>&*!%@`{}[],?~=0123456789.eE+\r\x85\u2028")
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(TREES)
def test_what_is_written_is_read_again(tree: object) -> None:
    tree = _without_surrogates(tree)
    read = yaml_text.read(yaml_text.write(tree), "any.yaml")
    assert read == tree
    assert repr(read) == repr(tree)


def _without_surrogates(tree: object) -> object:
    if isinstance(tree, str):
        return tree.encode("utf-8", "replace").decode()
    if isinstance(tree, list):
        return [_without_surrogates(item) for item in tree]
    if isinstance(tree, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in tree.items()}
    return tree


def test_texts_of_several_lines_are_literal_blocks() -> None:
    tree = {"Fields": [{"Name": "Net sales", "Expression": "ifelse(\n\t{a} > 1, \n  'x',\n\n'y')"}]}
    assert yaml_text.write(tree) == (
        "Fields:\n"
        "  - Name: Net sales\n"
        "    Expression: |-\n"
        "      ifelse(\n"
        "      \t{a} > 1, \n"
        "        'x',\n"
        "\n"
        "      'y')\n"
    )


def test_only_numbers_true_false_and_null_are_no_texts() -> None:
    text = "a: 2026-01-31\nb: yes\nc: 007\nd: 12:30\ne: 1_000\nf: 1.5e3\ng: null\nh: true\n"
    assert yaml_text.read(text, "any.yaml") == {
        "a": "2026-01-31",
        "b": "yes",
        "c": "007",
        "d": "12:30",
        "e": "1_000",
        "f": 1500.0,
        "g": None,
        "h": True,
    }


def test_a_key_that_stands_twice_is_an_error_with_its_line() -> None:
    with pytest.raises(DefinitionError, match=r"^filters\.yaml:3: .*the key `Name` stands here tw"):
        yaml_text.read("Name: a\nTitle: b\nName: c\n", "filters.yaml")


def test_broken_yaml_names_file_and_line() -> None:
    with pytest.raises(DefinitionError, match=r"^parameters\.yaml:2: not readable as YAML"):
        yaml_text.read("a: [1,\nb: }\n", "parameters.yaml")


def test_line_of_a_path_or_of_the_nearest_value_around_it() -> None:
    text = "Visuals:\n  - Name: a\n  - Name: b\n    Title: c\n"
    assert yaml_text.line_of(text, ("Visuals", 1, "Title")) == 4
    assert yaml_text.line_of(text, ("Visuals", 1, "Subtitle")) == 3
    assert yaml_text.line_of(text, ()) == 1
