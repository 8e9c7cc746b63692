"""Chapter 5's interactive figure: what the browser computes is what torch computes, and everybody can turn the clocks."""

import math

import pytest
import torch

from seq2vit import answers
from seq2vit.figures.positions import clock

PAGE = "chapters/05_positional_encoding.html"
FIGURE = '.s2v-figure[data-figure="clock"]'
D = 16


def words(live, line):
    return live.locator(".s2v-state p").nth(line).inner_text()


def state(live):
    """(position, offset) as the figure has them, which is what its sliders show."""
    seen = live.evaluate("(root) => [root.figure.place(), root.figure.further()]")
    assert [int(live.get_by_label(name, exact=True).input_value()) for name in ("Position", "Offset")] == seen
    return tuple(seen)


def middle(live, number):
    """Where on the screen a clock has its middle, and its radius."""
    box = live.locator(f'[data-clock="{number}"] .s2v-clock-face').bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 2


def test_the_browser_computes_what_torch_computes(figure, data):
    live, parts = figure(), answers.load("05_positional_encoding")
    table = parts.sinusoidal_encoding(1040, D)
    assert data["frequencies"] == pytest.approx([10000 ** (-2 * i / D) for i in range(D // 2)])
    for place, offset in ((0, 0), (20, 5), (500, -40), (999, 40), (7, -3)):
        seen = live.evaluate("(root, asked) => root.figure.compute(...asked)", [place, offset])
        here, there = (torch.tensor(seen[name], dtype=torch.float32) for name in ("here", "there"))
        torch.testing.assert_close(here, table[place], rtol=0, atol=1e-5)
        torch.testing.assert_close(there, table[place + offset], rtol=0, atol=1e-5)
        torch.testing.assert_close(there, here @ parts.shift_matrix(offset, D), rtol=0, atol=1e-5)
        assert seen["dot"] == pytest.approx(float(table[place] @ table[place + offset]), abs=1e-4)


def test_it_works_in_a_folder_with_other_clocks_and_without_a_server(browser, tmp_path, site):
    drawn = clock([1.0, 0.1, 0.01, 0.005, 0.0005], place=3, further=-2)
    script = (site / "_static" / "figures.js").as_uri()
    (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><script defer src="{script}"></script>'
                                        + drawn._repr_html_())
    page, said = browser.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(f"{FIGURE}[data-live]").wait_for()
    live = page.locator(FIGURE)
    assert state(live) == (3, -2) and live.locator("[data-clock]").count() == 5
    assert live.evaluate("(root) => root.figure.compute(3, -2).dot") == pytest.approx(
        sum(math.cos(-2 * f) for f in drawn.data["frequencies"]))
    assert said == []
    page.close()


def test_what_is_drawn_is_what_is_computed(figure, data):
    live = figure()
    live.get_by_label("Position", exact=True).fill("123")
    live.get_by_label("Offset", exact=True).fill("-7")
    seen = live.evaluate("(root) => root.figure.compute(123, -7)")
    for kind in ("here", "there"):
        heights = live.locator(f".s2v-clock-bar.s2v-clock-{kind}").evaluate_all(
            "(bars) => bars.map((bar) => Number(bar.getAttribute('height')))")
        assert heights == pytest.approx([abs(v) * 26 for v in seen[kind]], abs=1e-6)
        tips = live.locator(f".s2v-clock-hand.s2v-clock-{kind}").evaluate_all("""(hands) => hands.map((hand) => {
            const from = hand.getScreenCTM(), x = -from.c, y = from.d; return Math.atan2(x, y); })""")
        place = 123 - (7 if kind == "there" else 0)
        for tip, f in zip(tips, data["frequencies"], strict=True):
            turns = (tip - f * place) / (2 * math.pi)
            assert abs(turns - round(turns)) < 1e-3, (kind, f, tip)


def test_with_the_keyboard(figure):
    live = figure()
    keys = live.page.keyboard
    assert state(live) == (20, 5)
    live.get_by_label("Position", exact=True).focus()
    keys.press("ArrowRight")
    assert state(live) == (21, 5) and words(live, 0).startswith("Position 21: since position 0 clock 0 has made 3.34 turns")
    keys.press("Home")
    live.get_by_role("button", name="Back one").focus()
    keys.press("Enter")  # there is nothing before 0
    assert state(live) == (0, 5)
    live.get_by_role("button", name="On by one").focus()
    keys.press("Space")
    assert state(live) == (1, 5)
    live.get_by_label("Offset", exact=True).focus()
    keys.press("End")
    assert state(live) == (1, 40) and words(live, 1).startswith("Position 41: from 1, an offset of 40 turns clock 0 by 6.37")


def test_the_words_name_the_turn_and_the_dot_product(figure, data):
    live = figure()
    expected = sum(math.cos(6 * f) for f in data["frequencies"])
    said = set()
    for place in (0, 33, 900):
        live.get_by_label("Position", exact=True).fill(str(place))
        live.get_by_label("Offset", exact=True).fill("6")
        said.add(words(live, 1).split("an offset of ")[1])
    assert said == {"6 turns clock 0 by 0.95, clock 1 by 0.30, clock 2 by 0.10 turns, wherever you start. "
                    f"Dot product {expected:.2f} of 8."}
    live.get_by_label("Offset", exact=True).fill("0")
    assert words(live, 1) == "Offset 0: the two hands are one. Dot product 8.00, the largest there is."


def test_with_the_mouse_a_clock_is_wound_and_the_offset_is_drawn(figure):
    live = figure()
    mouse = live.page.mouse
    for number, expected in ((0, 20 + math.pi / 2), (5, 22 + math.pi / 2 / 10000 ** (-10 / 16))):
        x, y, radius = middle(live, number)
        mouse.move(x, y - 0.7 * radius)
        mouse.down()
        for step in range(1, 10):  # a quarter round, clockwise
            angle = math.pi / 2 * step / 9
            mouse.move(x + 0.7 * radius * math.sin(angle), y - 0.7 * radius * math.cos(angle))
        mouse.up()
        mouse.move(x, y - 0.7 * radius)  # let go: nothing follows any more
        assert state(live)[0] == pytest.approx(expected, abs=2 if number == 0 else 12)
    curve = live.locator(".s2v-clock-curve").bounding_box()
    mouse.move(curve["x"] + curve["width"] / 2, curve["y"] + curve["height"] / 2)
    mouse.down()
    assert state(live)[1] == 0
    mouse.move(curve["x"] + 2, curve["y"] + curve["height"] / 2)
    mouse.up()
    assert state(live)[1] == -40


def test_by_touch_the_page_stays_under_the_finger(figure):
    live = figure(width=390, has_touch=True, is_mobile=True)
    live.get_by_role("button", name="On by one").tap()
    assert state(live) == (21, 5)
    x, y, radius = middle(live, 1)
    touch = live.page.context.new_cdp_session(live.page)
    scrolled = live.page.evaluate("scrollY")
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y - 0.7 * radius}]})
    for step in range(1, 10):
        angle = -math.pi * step / 9  # half a turn back
        at = {"x": x + 0.7 * radius * math.sin(angle), "y": y - 0.7 * radius * math.cos(angle)}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert state(live)[0] == pytest.approx(21 - math.pi * 10000 ** (2 / 16), abs=2)
    assert live.page.evaluate("scrollY") == scrolled


def test_it_plays_until_it_is_paused_and_does_not_chatter(figure):
    live = figure(reduced_motion="no-preference")
    hand = live.locator(".s2v-clock-turns").first
    live.get_by_role("button", name="Play").click()
    live.page.wait_for_function("(root) => root.figure.place() > 22", arg=live.element_handle())
    assert live.locator(".s2v-state").get_attribute("aria-live") == "off"
    assert 0.1 < hand.evaluate("(hand) => parseFloat(getComputedStyle(hand).transitionDuration)") < 0.3
    live.get_by_role("button", name="Pause").click()
    stopped = state(live)
    live.page.wait_for_timeout(700)
    assert state(live) == stopped and live.locator(".s2v-state").get_attribute("aria-live") == "polite"


def test_without_motion_it_steps_instead_of_gliding(figure):
    live = figure(reduced_motion="reduce")
    live.get_by_role("button", name="Play").click()
    live.page.wait_for_function("(root) => root.figure.place() > 20", arg=live.element_handle())
    hands = live.locator(".s2v-clock-turns")
    assert max(hands.evaluate_all("(all) => all.map((one) => parseFloat(getComputedStyle(one).transitionDuration))")) < 0.02


def test_without_scripts_the_still_shows_the_clocks(visit, address):
    still = visit(java_script_enabled=False).open(address + PAGE).locator(FIGURE)
    assert still.locator("svg text").all_text_contents().count("clock 7") == 1
    assert "solid hands stand at position 20" in still.locator(".s2v-state").inner_text()
