"""The page in a real browser: what a reader does changes what the reader sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Reader, Sales

pytestmark = pytest.mark.slow


def test_sheet_shows_what_the_rows_add_up_to(reader: Reader) -> None:
    reader.open()
    page = reader.page
    assert page.title() == "Overview · Ticket sales"
    assert page.locator("#sheet-head h2").inner_text() == "What sold"
    assert reader.tile("kpi").locator(".kpi-value").inner_text() == "250"
    assert "-34.21%" in reader.tile("kpi").locator(".kpi-compare").inner_text()
    assert reader.option("bars") == {"x": ["North", "South"], "series": [["chosen", [450, 350]]]}
    assert reader.option("lines")["series"] == [
        ["web", [170, 130, 160]],
        ["door", [None, 250, 90]],
    ]
    total = reader.tile("table").locator("tfoot td").all_inner_texts()
    assert total == ["Total", "800"]
    assert reader.tile("pivot").locator("tr.total td").all_inner_texts() == ["340", "460", "800"]
    assert page.locator("#footer").inner_text() == "5 visuals"


@pytest.mark.parametrize(("height", "has_title"), [(110, True), (68, True), (44, False)])
def test_a_short_kpi_shows_its_value_whole(reader: Reader, height: int, has_title: bool) -> None:
    reader.open()
    tile = reader.tile("kpi")
    tile.evaluate("(tile, height) => { tile.style.height = `${height}px`; }", height)
    outer, value = tile.bounding_box(), tile.locator(".kpi-value").bounding_box()
    assert outer
    assert value
    assert outer["height"] == height
    assert value["height"] > 12
    assert outer["y"] < value["y"]
    assert value["y"] + value["height"] < outer["y"] + height
    title = tile.locator(".tile-title")
    assert title.is_visible() is has_title
    if has_title:
        head = title.bounding_box()
        assert head
        assert head["y"] + head["height"] <= value["y"]


def test_dropdown_of_a_parameter_changes_visuals_texts_and_the_address(reader: Reader) -> None:
    reader.open()
    control = reader.page.locator('[data-control="measure"]')
    control.locator("button.field").click()
    control.get_by_role("option", name="Tickets").click()
    reader.page.wait_for_function("() => board.parameters.Measure[0] === 'Tickets'")
    reader.ready()
    assert reader.option("bars")["series"] == [["chosen", [39, 17]]]
    assert reader.tile("text").inner_text() == "Tickets by region"
    assert reader.tile("bars").locator("h3").inner_text() == "Tickets by region"
    assert reader.page.url.endswith("#p.Measure=Tickets")


def test_parameters_of_the_address_count(reader: Reader) -> None:
    reader.open(choices="#p.Measure=Tickets")
    assert reader.option("bars")["series"] == [["chosen", [39, 17]]]
    reader.page.evaluate("location.hash = 'p.Measure=Net+sales'")
    reader.page.wait_for_function("() => board.parameters.Measure[0] === 'Net sales'")
    assert reader.option("bars")["series"] == [["chosen", [450, 350]]]


def test_filter_of_several_values_by_mouse_and_by_keyboard(reader: Reader) -> None:
    reader.open()
    page, control = reader.page, reader.page.locator('[data-control="region-control"]')
    control.locator("button.field").click()
    control.get_by_role("option", name="North").click()
    control.get_by_role("button", name="Apply").click()
    page.wait_for_function("() => board.choices.filters.region?.values[0] === 'South'")
    reader.ready()
    assert reader.tile("kpi").locator(".kpi-value").inner_text() == "190"
    assert control.locator("button.field").inner_text() == "South"
    control.locator("button.field").press("ArrowDown")
    control.locator(".options").press("ArrowDown")
    control.locator(".options").press("Enter")
    control.get_by_role("button", name="Apply").press("Enter")
    page.wait_for_function("() => board.choices.filters.region?.all === true")
    reader.ready()
    assert control.locator("button.field").inner_text() == "All"
    assert reader.tile("kpi").locator(".kpi-value").inner_text() == "250"


def test_click_filters_the_others_and_the_chip_takes_it_back(reader: Reader) -> None:
    reader.open()
    reader.click_bar("lines", 1)
    assert reader.page.locator("#chips .chip").count() == 1
    assert reader.tile("table").locator("tfoot td").all_inner_texts() == ["Total", "130"]
    assert reader.option("lines")["series"][0] == ["web", [170, 130, 160]]
    reader.page.locator("#chips button").click()
    reader.page.wait_for_selector("#chips .chip", state="detached")
    reader.ready()
    assert reader.tile("table").locator("tfoot td").all_inner_texts() == ["Total", "800"]


def test_drilling_down_and_up(reader: Reader) -> None:
    reader.open()
    reader.click_bar("bars", 0)
    reader.page.get_by_role("menuitem", name="Drill down to city").click()
    reader.page.wait_for_function("() => board.choices.drills.bars?.length === 1")
    reader.ready()
    assert reader.option("bars") == {"x": ["Bergen", "Oslo"], "series": [["chosen", [100, 350]]]}
    reader.tile("bars").get_by_role("button", name="Drill up").click()
    reader.page.wait_for_function("() => board.choices.drills.bars === undefined")
    assert reader.option("bars")["x"] == ["North", "South"]


def test_table_is_sorted_by_its_heads(reader: Reader) -> None:
    reader.open()
    table = reader.tile("table")

    def cities() -> list[str]:
        return [str(one) for one in table.locator("tbody td:first-child").all_inner_texts()]

    assert cities() == ["Bergen", "Kiel", "Munich", "Oslo"]
    table.get_by_role("button", name="net").click()
    assert cities() == ["Oslo", "Munich", "Bergen", "Kiel"]
    assert table.locator("th").nth(1).get_attribute("aria-sort") == "descending"
    table.get_by_role("button", name="net").click()
    assert cities() == ["Bergen", "Kiel", "Oslo", "Munich"] or cities()[0] in ("Bergen", "Kiel")
    table.get_by_role("button", name="net").click()
    assert cities() == ["Bergen", "Kiel", "Munich", "Oslo"]
    colour = table.locator("tbody tr").nth(3).locator("td").nth(1)
    assert colour.evaluate("cell => getComputedStyle(cell).color") == "rgb(29, 127, 84)"


def test_pivot_opens_and_closes(reader: Reader) -> None:
    reader.open()
    pivot = reader.tile("pivot")
    heads = pivot.locator("tbody th[scope=row]")
    assert heads.all_inner_texts() == [
        "North", "Bergen", "Oslo", "Subtotal", "South", "Kiel", "Munich", "Subtotal", "Total",
    ]  # fmt: skip
    pivot.get_by_role("button", name="Close North").click()
    assert heads.all_inner_texts() == [
        "North", "South", "Kiel", "Munich", "Subtotal", "Total",
    ]  # fmt: skip
    assert pivot.locator("tbody tr").first.locator("td").all_inner_texts() == ["310", "140", "450"]
    pivot.get_by_role("button", name="Open North").click()
    assert heads.count() == 9


def test_action_sets_a_parameter_and_goes_to_another_sheet(reader: Reader) -> None:
    reader.open()
    reader.tile("table").locator("tbody tr").first.click()
    reader.page.wait_for_url("**/sheets/details#p.Measure=Bergen")
    reader.ready()
    assert reader.tile("said").inner_text() == "Chosen: Bergen <script>"
    assert reader.page.locator("#tab-details").get_attribute("aria-selected") == "true"
    reader.page.go_back()
    reader.ready()
    assert reader.page.locator("#tab-overview").get_attribute("aria-selected") == "true"


def test_tabs_by_keyboard_and_a_box_for_what_is_not_drawn(reader: Reader) -> None:
    reader.open()
    reader.page.locator("#tab-overview").press("ArrowRight")
    reader.page.wait_for_url("**/sheets/details")
    reader.ready()
    assert "PluginVisual" in reader.tile("plugin").inner_text()
    assert (
        "1 not drawn (visuals of kind PluginVisual)" in reader.page.locator("#footer").inner_text()
    )
    cells = sorted(cell[2] for cell in reader.option("heat")["series"][0][1])
    assert cells == [30, 40, 60, 70, 100, 250, 250]


def test_slider_of_a_range(reader: Reader) -> None:
    reader.open("details")
    low = reader.page.get_by_label("Net: at least")
    low.fill("100")
    reader.page.wait_for_function("() => board.choices.filters.amount?.minimum === 100")
    reader.ready()
    assert reader.option("pie")["series"] == [["", [260, 250]]] or (
        sorted(reader.option("pie")["series"][0][1]) == [250, 260]
    )


def test_sheet_that_does_not_exist_is_said(reader: Reader) -> None:
    reader.open("nowhere")
    assert reader.page.locator("#trouble").inner_text() == "Ticket sales has no sheet nowhere."


def test_server_that_is_gone_is_said(reader: Reader) -> None:
    reader.open()
    reader.page.route("**/api/**", lambda route: route.abort())
    reader.page.evaluate("board.refresh()")
    reader.page.wait_for_selector("#trouble:not([hidden])")
    assert reader.tile("kpi").locator(".kpi-value").inner_text() == "250"
    reader.trouble.clear()


def test_index_leads_to_the_sheets(reader: Reader) -> None:
    reader.page.goto(reader.served.url)
    reader.ready()
    cards = reader.page.locator(".card")
    assert cards.count() == 2
    assert "What sold where" in cards.first.inner_text()
    assert "Refreshed 2026-03-15 12:00 UTC" in cards.first.inner_text()
    assert "no visual v9" in cards.nth(1).inner_text()
    cards.first.get_by_role("link", name="Details").click()
    reader.page.wait_for_url("**/dashboards/sales/sheets/details")
    reader.ready()


def test_user_is_chosen_and_kept(reader: Reader, source: Sales) -> None:
    reader.open()
    reader.page.get_by_label("View as").first.select_option("bob")
    reader.page.wait_for_url("**user=bob*")
    reader.ready()
    assert ("sales", "bob") in source.opened


def test_files_that_change_are_drawn_anew(reader: Reader, source: Sales) -> None:
    source.is_live = True
    reader.open()
    reader.page.evaluate("window.old = true")
    source.turns += 1
    reader.page.wait_for_function("() => window.old === undefined", timeout=10_000)
    reader.ready()
    assert source.opened == [("sales", "ann"), ("sales", "ann")]


def test_everything_has_a_name_and_can_be_read(reader: Reader) -> None:
    reader.open()
    unnamed = reader.page.evaluate(
        "() => [...document.querySelectorAll('button, input, select, a')].filter(one =>"
        " !(one.innerText || one.ariaLabel || one.title || one.labels?.length ||"
        " one.getAttribute('aria-labelledby'))).map(one => one.outerHTML)"
    )
    assert unnamed == []
    labels = reader.page.locator(".tile[aria-label]").count()
    assert labels == 7


def test_nothing_is_asked_of_another_host(reader: Reader) -> None:
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.open()
    assert asked
    assert [one for one in asked if not one.startswith((reader.served.url, "data:", "blob:"))] == []


def test_narrow_window_has_one_column(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 420, "height": 900})
    reader.open()
    wide = reader.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 420


def test_chart_can_be_read_as_numbers(reader: Reader) -> None:
    reader.open()
    tile = reader.tile("lines")
    tile.get_by_role("button", name="Show the numbers").click()
    assert tile.locator("thead th").all_inner_texts() == ["sold", "web", "door"]
    assert tile.locator("tbody tr").first.locator("th, td").all_inner_texts() == [
        "Jan 2026", "170", "",
    ]  # fmt: skip
    tile.get_by_role("button", name="Show the chart").click()
    tile.locator("svg").wait_for()


def test_points_that_were_not_chosen_are_pale(reader: Reader) -> None:
    reader.open()
    reader.click_bar("lines", 1)
    shades = reader.page.evaluate(
        "() => board.visuals.get('lines').handle.chart.getOption().series.map("
        "one => one.data.map(item => item.itemStyle.opacity))"
    )
    assert shades == [[0.28, 1, 0.28], [0.28, 0.28, 0.28]]
