"""Chapter 6's interactive figure: what the browser computes is what torch computes, and everybody can draw the mask."""


import pytest
import torch

from seq2vit import answers
from seq2vit.figures.masking import PRESETS, mask

PAGE = "chapters/06_masked_self_attention.html"
FIGURE = '.s2v-figure[data-figure="mask"]'
WORDS = ["the", "cat", "sat", "on", "a", "mat"]


def compare(live, scores, rows):
    """The figure's numbers for this mask, at every depth, against torch's."""
    N, layers = len(rows), (1, 2, 3, 4)
    allowed = torch.tensor(rows)
    weights = answers.load("06_masked_self_attention").masked_softmax(torch.tensor(scores).double(), allowed)
    steps = allowed.int() + torch.eye(N, dtype=torch.int)  # a layer with its residual connection
    ahead = torch.ones(N, N, dtype=torch.bool).triu(1)
    for depth in layers:
        seen = live.evaluate("(root, asked) => root.figure.compute(...asked)", [rows, depth])
        torch.testing.assert_close(torch.tensor(seen["weights"]).double(), weights, rtol=0, atol=1e-6)
        reach = [torch.linalg.matrix_power(steps, k) > 0 for k in range(depth + 1)]
        expected = [[next((k for k in range(depth + 1) if reach[k][i, j]), None) for j in range(N)] for i in range(N)]
        assert seen["steps"] == expected
        assert seen["empty"] == [i for i in range(N) if not any(rows[i])]
        assert seen["ahead"] == (allowed & ahead).nonzero().tolist()
        assert seen["copies"] == [i for i in range(N - 1) if rows[i][i + 1]]
        assert seen["later"] == [i for i in range(N - 1) if reach[depth][i, i + 1]]


def random_masks(N, count):
    generator = torch.Generator().manual_seed(0)
    return [(torch.rand(N, N, generator=generator) < share).tolist() for share in (0.1, 0.25, 0.5) for _ in range(count)]


def test_the_browser_computes_what_torch_computes(figure, data):
    assert data["words"] == WORDS and list(data["presets"]) == list(PRESETS)
    live = figure()
    presets = [[[c == "1" for c in row] for row in rows] for _, rows in data["presets"].values()]
    for rows in presets + random_masks(6, 4):
        compare(live, data["scores"], rows)


def test_it_works_in_a_folder_with_any_words_and_without_a_server(browser, tmp_path, site):
    """A page opened as a file, other words, huge scores: nothing of the figure is particular to the book."""
    torch.manual_seed(1)
    drawn = mask(["one", "two", "three", "four"], 300 * torch.randn(4, 4))
    script = (site / "_static" / "figures.js").as_uri()
    (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><script defer src="{script}"></script>'
                                        + drawn._repr_html_())
    page, said = browser.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(f"{FIGURE}[data-live]").wait_for()
    for rows in random_masks(4, 3):
        compare(page.locator(FIGURE), drawn.data["scores"], rows)
    assert said == []
    page.close()


def rows(live):
    return live.evaluate("(root) => root.figure.rows()")


def causal():
    return [[j <= i for j in range(6)] for i in range(6)]


def words(live, line):
    return live.locator("[aria-live] p").nth(line).inner_text()


def cell(live, i, j):
    return live.locator(f'[data-cell="{i},{j}"]')


def test_with_the_mouse_cells_are_clicked_and_painted(figure):
    live = figure()
    mouse, expected = live.page.mouse, causal()
    assert words(live, 1) == "Causal: nobody looks ahead." and rows(live) == expected
    cell(live, 1, 3).click()
    expected[1][3] = True
    assert rows(live) == expected and words(live, 1) == "1 of the weights looks ahead."
    assert live.get_by_role("combobox").input_value() == ""
    cell(live, 1, 3).click()
    assert rows(live) == causal() and live.get_by_role("combobox").input_value() == "causal"
    # Paint from an allowed cell along the last row: all of it becomes forbidden.
    first, last = cell(live, 5, 0).bounding_box(), cell(live, 5, 5).bounding_box()
    y = first["y"] + first["height"] / 2
    mouse.move(first["x"] + 15, y)
    mouse.down()
    for step in range(1, 11):
        mouse.move(first["x"] + 15 + (last["x"] - first["x"]) * step / 10, y)
    mouse.up()
    mouse.move(first["x"] + 15, y - 60)  # let go: nothing is painted any more
    assert rows(live) == [*causal()[:5], [False] * 6]
    assert "“mat”: nobody to look at. A plain softmax gives NaN there, the course zeros." in words(live, 1)
    assert words(live, 0) == "“mat” looks at nobody."
    assert live.locator(".s2v-mask-mark").all_text_contents() == ["", "", "", "", "", "empty"]


def test_with_the_keyboard(figure, data):
    live = figure()
    keys, expected = live.page.keyboard, causal()
    live.get_by_role("radio").nth(0).focus()
    keys.press("Tab")
    assert live.evaluate("() => document.activeElement.dataset.cell") == "1,0"
    for _ in range(2):
        keys.press("ArrowRight")
    focused = live.page.locator(":focus")
    assert focused.get_attribute("aria-label") == "“cat” may look at “sat”"
    assert focused.get_attribute("aria-checked") == "false" and focused.get_attribute("role") == "checkbox"
    keys.press("Space")
    expected[1][2] = True
    assert rows(live) == expected and live.page.locator(":focus").get_attribute("aria-checked") == "true"
    assert words(live, 1) == "1 of the weights looks ahead. “cat” could copy the next word, the one to be said."
    scores = torch.tensor(data["scores"])[1, :3].softmax(0).tolist()
    shown = ", ".join(f"“{w}” {a:.2f}".replace(" 0.", " .") for w, a in zip(WORDS[:3], scores, strict=True))
    assert words(live, 0) == f"“cat” looks at {shown}."
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowDown", "Enter"):  # the edge holds; then back to the second row
        keys.press(key)
    expected[1][1] = False
    assert rows(live) == expected
    keys.press("Tab")  # out of the grid again, in one step
    assert live.evaluate("(root) => !root.contains(document.activeElement)")


def test_a_click_on_a_rows_word_chooses_the_row_and_changes_nothing(figure):
    live = figure()
    for grid, i in ((0, 3), (1, 5), (1, 0)):
        live.locator("svg").nth(grid).locator(f'text[data-row="{i}"]').click()
        assert words(live, 0).startswith(f"“{WORDS[i]}” looks at “the” ") and rows(live) == causal()
        assert live.locator(f'[data-cell="{i},0"]').get_attribute("tabindex") == "0"


def test_by_touch_cells_are_painted_and_the_page_stays(figure):
    live = figure(width=390, has_touch=True, is_mobile=True)
    cell(live, 0, 5).tap()
    expected = causal()
    expected[0][5] = True
    assert rows(live) == expected
    box, other = cell(live, 1, 2).bounding_box(), cell(live, 1, 4).bounding_box()
    touch, scrolled = live.page.context.new_cdp_session(live.page), live.page.evaluate("scrollY")
    at = {"x": box["x"] + 15, "y": box["y"] + 15}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    for step in range(1, 7):
        to = {"x": at["x"] + (other["x"] - box["x"]) * step / 6, "y": at["y"]}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [to]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expected[1][2:5] = [True] * 3
    assert rows(live) == expected and live.page.evaluate("scrollY") == scrolled
    live.locator(".s2v-choice label").nth(1).tap()
    assert words(live, 2).startswith("Through 2 layers it hears itself and “the”, “sat”, “on”, “a”, “mat”.")


def test_the_tasks_of_the_page_have_the_answers_of_the_page(figure):
    live = figure()
    deeper = live.locator(".s2v-choice label")
    cell(live, 1, 3).click()
    assert "Nobody’s next word is within reach." in words(live, 2)
    deeper.nth(1).click()
    assert "Next word within reach of “cat”, “sat”." in words(live, 2)
    begin = live.get_by_role("combobox")
    begin.select_option("window")
    for layers in (3, 4):
        deeper.nth(layers - 1).click()
        assert live.locator('[data-hears="5,1"] text').text_content() == ("4" if layers == 4 else "")
    begin.select_option("padding")
    assert words(live, 1).startswith("Causal: nobody looks ahead. “the”, “cat”: nobody to look at.")
    assert rows(live)[2] == [False, False, True, False, False, False]
    begin.select_option("texts")
    assert words(live, 1) == "Causal: nobody looks ahead." and not rows(live)[3][2]
    begin.select_option("prefix")
    assert "“the”, “cat” could copy the next word" in words(live, 1)


def test_what_is_drawn_is_what_is_computed(figure):
    live = figure()
    live.get_by_role("combobox").select_option("open")
    found = live.evaluate("(root) => root.figure.compute(root.figure.rows(), 1)")
    for i, row in enumerate(found["weights"]):
        for j, weight in enumerate(row):
            said = cell(live, i, j).locator("text").text_content()
            assert float(said) == pytest.approx(weight, abs=0.006)
            assert float(cell(live, i, j).locator(".s2v-mask-fill").get_attribute("fill-opacity")) == pytest.approx(
                weight / 2, abs=1e-3)
    board = live.locator(".s2v-mask-board")
    assert board.locator(".s2v-mask-ahead").count() == 15 and board.locator(".s2v-mask-target").count() == 5
    live.get_by_role("combobox").select_option("causal")
    assert live.locator(".s2v-mask-ahead").count() == 0
    assert board.locator('[fill^="url(#s2v-mask-hatch"]').count() == 15


def test_without_scripts_the_still_shows_the_mask(visit, address):
    still = visit(java_script_enabled=False).open(address + PAGE).locator(FIGURE)
    assert still.locator("svg text").all_text_contents().count("cat") == 2
    assert "the, cat, sat, on, a, mat" in still.locator(".s2v-state").inner_text()
