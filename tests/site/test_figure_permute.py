"""Chapter 4's interactive figure: what the browser computes is what torch computes, and everybody can move the tokens."""

import itertools

import pytest
import torch

from seq2vit import answers
from seq2vit.figures.selfattention import EDITS, permute

PAGE = "chapters/04_self_attention.html"
FIGURE = '.s2v-figure[data-figure="permute"]'
NAMES = ["dog", "bites", "man", "again"]


def expected(data, order, edit):
    """(y, weights) by the completed assignment's layer, in double precision, for tokens in this order."""
    x, W_q, W_k, W_v, PE = (torch.tensor(data[name]).double() for name in ("x", "W_q", "W_k", "W_v", "PE"))
    N, x = len(x), x[list(order)]
    layer = answers.load("04_self_attention").SelfAttention(3, len(W_q), 3).double()
    layer.load_state_dict({"W_q.weight": W_q, "W_k.weight": W_k, "W_v.weight": W_v})
    if edit == "first":
        x = torch.cat([x[:1] + PE[:1], x[1:]])
    if edit == "positions":
        x = x + PE
    mask = torch.ones(N, N, dtype=torch.bool)
    if edit == "causal":
        mask = mask.tril()
    if edit == "hide":
        mask[:, list(order).index(N - 1)] = False
    with torch.no_grad():
        y, weights = layer(x[None], mask)
    return (y[0].mean(0).expand(N, 3) if edit == "mean" else y[0]), weights[0]


def compare(live, data, orders):
    """The figure's numbers against torch's for every edit; returns the largest gap for each."""
    largest = dict.fromkeys(EDITS, 0.0)
    start = list(range(len(data["x"])))
    for order, edit in itertools.product(orders, EDITS):
        seen = live.evaluate("(root, asked) => root.figure.compute(...asked)", [list(order), edit])
        (y, weights), (first, _) = expected(data, order, edit), expected(data, start, edit)
        for name, value in {"y": y, "weights": weights, "expected": first[list(order)]}.items():
            torch.testing.assert_close(torch.tensor(seen[name]).double(), value, rtol=0, atol=1e-6)
        assert seen["gap"] == pytest.approx((y - first[list(order)]).abs().max().item(), abs=1e-6)
        assert seen["stay"] == pytest.approx((y - first).abs().max().item(), abs=1e-6)
        largest[edit] = max(largest[edit], seen["gap"])
    return largest


def test_the_browser_computes_what_torch_computes(figure, data):
    assert data["names"] == NAMES and data["edits"] == EDITS
    gaps = compare(figure(), data, itertools.permutations(range(4)))
    assert all((gap < 1e-9) == (edit in ("none", "hide", "mean")) for edit, gap in gaps.items()), gaps
    assert min(gap for gap in gaps.values() if gap > 1e-9) > 0.1  # a break can be seen


def test_it_works_in_a_folder_with_any_tokens_and_without_a_server(browser, tmp_path, site):
    """A page opened as a file, other tokens, another key width: nothing of the figure is particular to the book."""
    torch.manual_seed(1)
    drawn = permute(["one", "two", "three"], *(torch.randn(*s) for s in ((3, 3), (5, 3), (5, 3), (3, 3), (3, 3))))
    script = (site / "_static" / "figures.js").as_uri()
    (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><script defer src="{script}"></script>'
                                        + drawn._repr_html_())
    page, said = browser.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(f"{FIGURE}[data-live]").wait_for()
    compare(page.locator(FIGURE), drawn.data, itertools.permutations(range(3)))
    assert said == []
    page.close()


def rows(live):
    """The words of the rows from top to bottom, as they are drawn."""
    found = live.locator(".s2v-permute-row").evaluate_all(
        """(rows) => rows.map((row) => [new DOMMatrix(row.style.transform).f, row.querySelector("text").textContent])""")
    return [word for _, word in sorted(found)]


def words(live, line=0):
    return live.locator("[aria-live] p").nth(line).inner_text()


def signs(live):
    return live.locator(".s2v-permute-row").evaluate_all("(rows) => rows.map((row) => row.lastChild.textContent)")


def test_with_the_keyboard(figure):
    live = figure()
    keys = live.page.keyboard
    live.get_by_role("radio").first.focus()
    keys.press("ArrowRight")  # bites
    assert words(live, 1).startswith("“bites” looks at dog ")
    live.get_by_role("button", name="Move down").focus()
    keys.press("Enter")
    assert rows(live) == ["dog", "man", "bites", "again"]
    assert words(live) == "“dog man bites again”. Gap 0.000: every output moved along with its token. Equivariant."
    keys.press("Space")
    keys.press("Space")  # it is the last already
    assert rows(live) == ["dog", "man", "again", "bites"]
    live.get_by_role("button", name="Move up").focus()
    keys.press("Enter")
    assert rows(live) == ["dog", "man", "bites", "again"]
    live.get_by_label("Edit").focus()
    keys.press("End")
    assert live.get_by_label("Edit").input_value() == "mean"
    assert words(live).endswith("Equivariant, and invariant too.")


def test_an_edit_breaks_it_and_the_gap_is_said_and_drawn(figure, data):
    live = figure()
    live.get_by_label("Edit").select_option("causal")
    assert "This is the first order" in words(live) and signs(live) == ["="] * 4
    live.get_by_role("button", name="Move down").click()  # the chosen one is "dog"
    order = [1, 0, 2, 3]
    y, weights = expected(data, order, "causal")
    first, _ = expected(data, range(4), "causal")
    gap = (y - first[order]).abs().max()
    assert words(live) == f"“bites dog man again”. Gap {gap:.3f}: some outputs changed when their token moved. Not equivariant."
    # The last two see the same tokens as before; the first two do not.
    off = (y - first[order]).abs().amax(1)
    assert signs(live) == [f"≠ {off[1]:.3f}", f"≠ {off[0]:.3f}", "=", "="]  # by token: dog, bites, man, again
    hatched = live.locator('.s2v-cell[fill^="url(#"]')
    assert hatched.count() == 6 and live.locator("pattern#s2v-permute-hatch").count() == 1
    assert live.locator(".s2v-permute-off").count() == 2
    assert words(live, 1) == "“dog” looks at " + ", ".join(
        f"{NAMES[t]} {w:.2f}" for t, w in zip(order, weights[1].tolist(), strict=True)) + "."
    live.get_by_role("button", name="First order").click()
    assert rows(live) == NAMES and signs(live) == ["="] * 4


def test_with_the_mouse_a_row_is_dragged(figure):
    live = figure()
    mouse = live.page.mouse
    grip = live.locator('[data-token="0"] .s2v-permute-grip').bounding_box()
    x, y = grip["x"] + 20, grip["y"] + grip["height"] / 2
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 5):
        mouse.move(x, y + 2 * grip["height"] * 1.06 * step / 4)
    mouse.up()
    mouse.move(x, y)  # let go: nothing follows any more
    assert rows(live) == ["bites", "man", "dog", "again"]
    assert live.get_by_role("radio", name="dog").is_checked() and "Equivariant" in words(live)


def test_by_touch_a_row_is_dragged_and_buttons_are_tapped(figure):
    live = figure(width=390, has_touch=True, is_mobile=True)
    live.locator(".s2v-choice label").nth(3).tap()
    live.get_by_role("button", name="Move up").tap()
    assert rows(live) == ["dog", "bites", "again", "man"]
    grip = live.locator('[data-token="0"] .s2v-permute-grip').bounding_box()
    x, y = grip["x"] + 15, grip["y"] + grip["height"] / 2
    touch = live.page.context.new_cdp_session(live.page)
    scrolled = live.page.evaluate("scrollY")
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 5):
        at = {"x": x, "y": y + 1.06 * grip["height"] * step / 4}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert rows(live) == ["bites", "dog", "again", "man"]
    assert live.page.evaluate("scrollY") == scrolled  # the page stays where it is under the finger


def test_a_shuffle_is_another_order(figure):
    live = figure()
    for _ in range(5):
        before = rows(live)
        live.get_by_role("button", name="Shuffle").click()
        assert rows(live) != before and sorted(rows(live)) == sorted(NAMES)


def test_rows_and_columns_travel_together(figure):
    live = figure()
    live.get_by_role("button", name="Move down").click()
    drawn = live.locator(".s2v-cell").evaluate_all(
        """(cells) => cells.map((cell) => { const at = new DOMMatrix(cell.style.transform);
          return [at.f, at.e, Number(cell.getAttribute("fill-opacity"))]; })""")
    shades = [opacity for _, _, opacity in sorted(drawn)]
    weights = live.evaluate("(root) => root.figure.compute([1, 0, 2, 3], 'none').weights")
    assert shades == pytest.approx([w for row in weights for w in row], abs=6e-4)


def test_without_scripts_the_still_shows_the_tokens(visit, address):
    still = visit(java_script_enabled=False).open(address + PAGE).locator(FIGURE)
    assert still.locator("svg text").all_text_contents().count("bites") == 2
    assert "dog, bites, man, again" in still.locator(".s2v-state").inner_text()


def test_tokens_glide_for_who_did_not_ask_for_no_motion(figure):
    row = figure(reduced_motion="no-preference").locator(".s2v-permute-row").first
    assert row.evaluate("(row) => parseFloat(getComputedStyle(row).transitionDuration)") > 0.1
