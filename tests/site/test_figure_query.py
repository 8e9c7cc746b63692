"""Chapter 3's interactive figure: the browser computes what torch computes, and everybody can move the query."""

import itertools
import re

import pytest
import torch

from seq2vit.figures import attention

PAGE = "chapters/03_attention_layer.html"
FIGURE = '.s2v-figure[data-figure="query"]'


def by_torch(q, keys, values, factor, near):
    """Scores, weights, output, and the largest singular value of the output's derivative, by autograd."""
    def attend(q):
        scores = factor * (-((q - keys) ** 2).sum(1) / 2 if near else keys @ q)
        return scores, scores.softmax(0), scores.softmax(0) @ values

    slope = torch.autograd.functional.jacobian(lambda q: attend(q)[2], q)
    return *attend(q), torch.linalg.matrix_norm(slope, 2)


def compare(page, keys, values, seed=0):
    generator = torch.Generator().manual_seed(seed)
    places = [[0.0, 0.0], *(6 * torch.rand(4, 2, generator=generator) - 3).tolist()]
    factors = page.locator(FIGURE).evaluate("(root) => root.figure.factors")
    assert factors[4] == pytest.approx(2**-0.5)
    for q, factor, near, own in itertools.product(places, factors, (False, True), (False, True)):
        seen = page.locator(FIGURE).evaluate("(root, asked) => root.figure.attend(...asked)", [q, factor, near, own])
        wanted = by_torch(torch.tensor(q).double(), keys, values if own else keys, factor, near)
        for name, value in zip(("scores", "weights", "output", "pull"), wanted, strict=True):
            torch.testing.assert_close(torch.tensor(seen[name]).double(), value, rtol=1e-5, atol=1e-6, msg=name)


def said(figure):
    return figure.locator("[aria-live] p").all_inner_texts()


def at(figure):
    """Where the query is, by the number fields; the words say the same."""
    place = [float(figure.get_by_label(name, exact=True).input_value()) for name in ("Query across", "up")]
    assert f"The query is at ({attention.number(place[0])}, {attention.number(place[1])})." in said(figure)[0]
    return place


def handle(figure):
    return figure.get_by_role("button", name=re.compile("^Query at"))


def spot(figure, x, y):
    """Page coordinates of a point of the left plane."""
    figure.locator(".s2v-board").scroll_into_view_if_needed()
    box = figure.locator(".s2v-board").bounding_box()
    return box["x"] + (x / 3 + 1) / 2 * box["width"], box["y"] + (1 - y / 3) / 2 * box["height"]


def test_the_browser_computes_what_torch_computes(figure, data):
    compare(figure().page, torch.tensor(data["keys"]).double(), torch.tensor(data["values"]).double())


def test_it_works_in_a_folder_with_other_keys_and_without_a_server(browser, tmp_path, site):
    torch.manual_seed(5)
    keys, values = (4 * torch.rand(2, 8, 2) - 2).unbind()
    script = (site / "_static" / "figures.js").as_uri()
    (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><script defer src="{script}"></script>'
                                        + attention.query(keys, values, torch.tensor([0.5, 1.0]))._repr_html_())
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(f"{FIGURE}[data-live]").wait_for()
    compare(page, keys.double(), values.double(), seed=1)
    corners = page.locator(FIGURE).evaluate("(root, points) => root.figure.hull(points)", values.tolist())
    assert corners == attention.hull(values.tolist())
    assert errors == []
    page.close()


def test_it_begins_as_the_still(figure, visit, address):
    still = visit(java_script_enabled=False).open(address + PAGE).locator(FIGURE)
    live = figure()
    for kind in ("circle", "rect", "text", "line"):
        before, after = (f.locator(f".s2v-drawing svg {kind}") for f in (still, live))
        assert before.count() == after.count() > 0, kind
    assert still.locator("svg text").all_inner_texts() == live.locator("svg text").all_inner_texts()
    key = re.search(r"Key \d gets the largest weight, 0\.\d\d", still.locator(".s2v-state").inner_text())[0]
    assert said(live)[0].count(key) == 1


def test_with_the_keyboard(figure):
    live = figure()
    handle(live).focus()
    x, y = at(live)
    scroll = live.page.evaluate("scrollY")
    for key, place in (("ArrowRight", (x + 0.1, y)), ("ArrowUp", (x + 0.1, y + 0.1)), ("Shift+ArrowLeft", (x - 0.4, y + 0.1)),
                       ("ArrowDown", (x - 0.4, y))):
        words = said(live)
        live.page.keyboard.press(key)
        assert at(live) == pytest.approx(place) and said(live) != words
    assert live.page.evaluate("scrollY") == scroll
    for _ in range(10):
        live.page.keyboard.press("Shift+ArrowUp")
    assert at(live)[1] == 3


def test_enter_visits_the_keys(figure, data):
    live = figure()
    handle(live).focus()
    for key in [*data["keys"], data["keys"][0]]:
        live.page.keyboard.press("Enter")
        assert at(live) == pytest.approx(key)


def test_with_the_mouse(figure):
    live = figure()
    mouse = live.page.mouse
    start = at(live)
    mouse.move(*spot(live, *start))
    mouse.down()
    mouse.move(*spot(live, -1, -2), steps=4)
    # While the mouse drags, the drawing follows; the words wait, so that a screen reader is not flooded.
    mouse.move(*spot(live, -1.5, 1.5), steps=4)
    mouse.up()
    assert at(live) == pytest.approx([-1.5, 1.5], abs=0.06)
    assert "Key 3 gets the largest weight" in said(live)[0]
    mouse.click(*spot(live, 2, -2))
    assert at(live) == pytest.approx([2, -2], abs=0.06)


def test_by_touch(figure):
    live = figure(width=390, has_touch=True, is_mobile=True)
    live.page.touchscreen.tap(*spot(live, -2, -2))
    assert at(live) == pytest.approx([-2, -2], abs=0.06)
    # A finger drags the handle, and does not scroll the page meanwhile.
    assert handle(live).evaluate("(node) => getComputedStyle(node).touchAction") == "none"
    box = handle(live).bounding_box()
    assert min(box["width"], box["height"]) >= 44
    network = live.page.context.new_cdp_session(live.page)
    scroll = live.page.evaluate("scrollY")
    finger = [spot(live, -2 + 0.5 * step, -2 + 0.5 * step) for step in range(7)]
    for kind, place in zip(["touchStart", *["touchMove"] * 6], finger, strict=True):
        points = [{"x": place[0], "y": place[1]}]
        network.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    network.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert at(live) == pytest.approx([1, 1], abs=0.1)
    assert live.page.evaluate("scrollY") == scroll


def test_the_numbers_can_be_typed_and_wrong_ones_are_refused_in_words(figure):
    live = figure()
    live.get_by_label("Query across").fill("-1.5")
    live.get_by_label("up", exact=True).fill("2")
    assert at(live) == [-1.5, 2]
    drawn = live.locator("svg").first.inner_html()
    for wrong in ("", "7"):
        live.get_by_label("up", exact=True).fill(wrong)
        assert said(live)[1] == "Type numbers from −3 to 3, in steps of 0.05."
    assert live.locator("svg").first.inner_html() == drawn


def bars(figure):
    return figure.locator(".s2v-bar").evaluate_all("(bars) => bars.map((bar) => Number(bar.getAttribute('width')) / 80)")


def test_the_factor_goes_from_the_mean_to_a_hard_choice(figure):
    live = figure()
    slider = live.get_by_label("Scores times")
    usual = bars(live)
    slider.press("Home")
    assert bars(live) == pytest.approx([0.2] * 5) and "plain mean" in said(live)[1]
    assert "All keys have the same weight, 0.20" in said(live)[0]
    assert slider.get_attribute("aria-valuetext") == "0"
    handle(live).press("Enter")  # onto the first key
    slider.press("End")
    assert max(bars(live)) > 0.99 and "hard choice" in said(live)[1]
    live.get_by_role("button", name="Reset").click()
    assert bars(live) == pytest.approx(usual) and slider.get_attribute("aria-valuetext") == "1/√2"


def test_a_short_key_wins_by_nearness_alone(figure, data):
    live = figure()
    handle(live).focus()
    for _ in range(4):
        live.page.keyboard.press("Enter")
    assert at(live) == pytest.approx(data["keys"][3])
    assert max(range(5), key=bars(live).__getitem__) != 3
    live.locator("label", has_text="nearness").click()
    assert max(range(5), key=bars(live).__getitem__) == 3


def test_with_the_keys_as_values_the_output_is_among_the_keys(figure):
    live = figure()
    live.locator("label", has_text="the keys").click()
    squares = live.locator("svg").nth(2).locator("rect.s2v-ring").evaluate_all(
        "(all) => all.map((r) => [Number(r.getAttribute('x')) + 9, Number(r.getAttribute('y')) + 9])")
    circles = live.locator("svg").nth(0).locator("circle.s2v-ring").evaluate_all(
        "(all) => all.map((c) => [Number(c.getAttribute('cx')), Number(c.getAttribute('cy'))])")
    assert squares == circles


def test_the_length_changes_without_a_turn(figure):
    live = figure()
    x, y = at(live)
    slider = live.get_by_label("Length")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    far = at(live)
    assert far[0] ** 2 + far[1] ** 2 == pytest.approx((1 + (x * x + y * y) ** 0.5) ** 2, rel=0.05)
    slider.press("End")
    assert max(at(live)) == 3 and at(live)[1] / at(live)[0] == pytest.approx(y / x, abs=0.02)
    slider.press("Home")
    assert at(live) == [0, 0]
    for _ in range(15):
        slider.press("ArrowRight")
    assert at(live) == pytest.approx([x, y], abs=0.06)


def test_the_letter_of_the_query_covers_no_other(figure, data):
    """On every key, and near the fourth: the boxes of the letters on the left plane are apart."""
    live = figure()
    for x, y in [*data["keys"], (-0.7, 0.8), (-0.4, 0.8), (-0.2, 0.3), (1.2, 0.9)]:
        for name, value in (("Query across", x), ("up", y)):
            live.get_by_label(name, exact=True).fill(f"{value:.2f}")
        boxes = live.locator("svg").first.locator("text").evaluate_all(
            "(all) => all.slice(1).map((t) => { const b = t.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; })")
        *others, letter = boxes
        assert all(max(abs(letter[0] - a), abs(letter[1] - b)) > 8 for a, b in others), (x, y)


def test_a_query_of_zeros_has_equal_weights(figure):
    live = figure()
    for name in ("Query across", "up"):
        live.get_by_label(name, exact=True).fill("0")
    assert bars(live) == pytest.approx([0.2] * 5) and "no direction" in said(live)[1]
    live.get_by_label("up", exact=True).blur()
    assert "−0.00" not in live.inner_text()
