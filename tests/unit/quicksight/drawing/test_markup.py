"""Foreign markup becomes a tree of known tags, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm.quicksight.drawing.markup import TEXT_TAGS, nodes, plain_text, safe_href

TITLE = """<visual-title>
  <inline color="#ffffff" font-size="32px">
    <b>Sales of </b>
    <parameter>${Region}</parameter>
  </inline>
</visual-title>"""


def test_styles_and_parameters() -> None:
    assert nodes(TITLE, {"Region": ("North", "South")}) == [
        {
            "tag": "inline",
            "style": {"color": "#ffffff", "fontSize": "32px"},
            "children": [
                {"tag": "b", "children": [{"text": "Sales of "}]},
                {"text": "North, South"},
            ],
        }
    ]


def test_blocks_lists_breaks_and_theme_colours() -> None:
    text = (
        '<text-box><block align="center"><inline color="Accent">A</inline></block><br/>'
        '<ul><li class="ql-indent-1">one</li></ul></text-box>'
    )
    assert nodes(text) == [
        {
            "tag": "block",
            "style": {"textAlign": "center"},
            "children": [
                {"tag": "inline", "style": {"color": "var(--accent)"}, "children": [{"text": "A"}]}
            ],
        },
        {"tag": "br"},
        {
            "tag": "ul",
            "children": [
                {"tag": "li", "style": {"marginLeft": "1.5em"}, "children": [{"text": "one"}]}
            ],
        },
    ]


def test_space_before_inline_words_is_put_back() -> None:
    text = (
        '<narrative>\n  Buy\n  <a href="https://example.com">tickets</a>\n   today.\n</narrative>'
    )
    assert plain_text(nodes(text)) == "Buy tickets today."


def test_space_on_the_line_of_what_comes_next_is_kept() -> None:
    text = "<narrative>\n  North with <b>78</b> of (<b>248</b>)\n</narrative>"
    assert plain_text(nodes(text)) == "North with 78 of (248)"


def test_entities_are_text() -> None:
    assert nodes("a &lt;b&gt; &amp; c") == [{"text": "a <b> & c"}]


def test_unknown_tags_lose_their_tag_and_scripts_their_power() -> None:
    text = '<script>alert(1)</script><b onclick="x()">bold</b><img src="https://a/b.png"/>'
    assert nodes(text) == [
        {"text": "alert(1)"},
        {"tag": "b", "children": [{"text": "bold"}]},
    ]


def test_link_keeps_its_address_only_if_it_is_a_page() -> None:
    page = nodes('<a href="https://example.com/?a=1&amp;b=2" target="_self">x</a>')
    assert page == [
        {
            "tag": "a",
            "href": "https://example.com/?a=1&b=2",
            "newTab": False,
            "children": [{"text": "x"}],
        }
    ]
    assert nodes('<a href="javascript:alert(1)">x</a>') == [
        {"tag": "inline", "children": [{"text": "x"}]}
    ]


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://example.com", True),
        ("mailto:a@example.com", True),
        ("/dashboards/sales", True),
        ("#p.Region=North", True),
        ("//evil.example.com", False),
        ("javascript:alert(1)", False),
        (" JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("http://[", False),
    ],
)
def test_safe_addresses(address: str, is_safe: bool) -> None:
    assert (safe_href(address) is not None) == is_safe


def test_style_is_taken_only_if_it_is_one() -> None:
    text = '<inline color="red;background:url(x)" font-size="expression(1)">a</inline>'
    assert nodes(text) == [{"tag": "inline", "children": [{"text": "a"}]}]


def test_parameters_in_both_notations_and_unknown_ones_stay() -> None:
    assert nodes("${A} <<$A>> ${B}", {"A": ("x",)}) == [{"text": "x x ${B}"}]


@given(st.text(alphabet="<>/ab=\"' \n&;${}", max_size=60))
def test_any_text_is_read_and_only_known_tags_remain(text: str) -> None:
    def tags(content: list[dict[str, object]]) -> set[str]:
        found = set()
        for node in content:
            if "tag" in node:
                found.add(str(node["tag"]))
                found |= tags(node.get("children", []))  # type: ignore[arg-type]
        return found

    assert tags(nodes(text)) <= set(TEXT_TAGS)
