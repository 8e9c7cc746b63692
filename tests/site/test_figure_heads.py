"""Chapter 7's interactive figure: what the browser computes is what torch computes, and everybody can switch the heads."""

import base64
import re

import pytest
import torch

from seq2vit.experiments import neighbours
from seq2vit.figures.heads import heads

PAGE = "chapters/07_multi_head_attention.html"
FIGURE = '.s2v-figure[data-figure="heads"]'
LETTERS = neighbours.LETTERS


def network(data, name):
    """The model that the page carries, in double precision."""
    net = neighbours.Neighbours(H=data["models"][name]["H"])
    state = {key: torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.int8).double().reshape(shape) * scale
             for key, (scale, shape, text) in data["models"][name]["weights"].items()}
    net = net.double()
    net.load_state_dict(state)
    return net


def expected(data, name, row, off=()):
    """Votes (N, 2, 26) and weights (H, N, N) by the completed assignment's module, without these heads."""
    with torch.no_grad():
        votes, weights = neighbours.without(network(data, name), off).look(torch.tensor([row]))
    return votes[0], weights[0]


def compare(live, data, rows):
    for name, carried in data["models"].items():
        H = carried["H"]
        for row in rows:
            for off in [(), (0,), tuple(range(H)), tuple(range(1, H))]:
                lit = [h not in off for h in range(H)]
                seen = live.evaluate("(root, asked) => root.figure.run(...asked)", [name, row, lit])
                votes, weights = expected(data, name, row, off)
                torch.testing.assert_close(torch.tensor(seen["weights"]).double(), weights, rtol=0, atol=1e-5)
                torch.testing.assert_close(torch.tensor(seen["votes"]).double(), votes, rtol=1e-4, atol=1e-4)


def words(live, line=0):
    return live.locator("[aria-live] p").nth(line).inner_text()


def drawn(live):
    """The names that stand below the letters: left and right, eight each."""
    told = live.locator("svg .s2v-heads-hit, svg .s2v-heads-miss").all_text_contents()
    return told[:8], told[8:]


def correct(data, name, row, off=()):
    """How many names of each side are correct."""
    said = expected(data, name, row, off)[0].argmax(-1)[1:-1]
    return [sum(int(said[i, s]) == row[i + 2 * s] for i in range(8)) for s in (0, 1)]


def start(data):
    return [LETTERS.index(letter) for letter in data["letters"]]


def test_the_browser_computes_what_torch_computes(figure, data):
    assert list(data["models"]) == ["one head", "two heads", "four heads"]
    compare(figure(), data, neighbours.rows(3, torch.Generator().manual_seed(7))[0].tolist())


def test_it_works_in_a_folder_with_any_models_and_without_a_server(browser, tmp_path, site):
    """A page opened as a file, untrained models: nothing of the figure is particular to the book."""
    torch.manual_seed(5)
    models = {name: neighbours.Neighbours(H=H).eval() for name, H in (("two heads", 2), ("as many as one likes", 4))}
    figure = heads(models, "abcdefghij")
    script = (site / "_static" / "figures.js").as_uri()
    (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><script defer src="{script}"></script>'
                                        + figure._repr_html_())
    page, said = browser.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(f"{FIGURE}[data-live]").wait_for()
    compare(page.locator(FIGURE), figure.data, [list(range(10)), [3] * 10])
    assert said == []
    page.close()


def test_with_the_keyboard(figure, data):
    live, row = figure(), start(data)
    keys = live.page.keyboard
    assert words(live).startswith(f"“{data['letters'][4]}” in place 5: head 0 gives ")
    assert words(live, 1) == "In the whole row 8 of 8 left names and 8 of 8 right names are correct."
    live.get_by_role("checkbox", name="head 0").focus()
    keys.press("Space")
    left, right_ = correct(data, "two heads", row, [0])
    assert words(live, 1) == f"In the whole row {left} of 8 left names and {right_} of 8 right names are correct."
    assert "head 0 is off" in words(live) and {left, right_} > {8} and min(left, right_) < 5
    live.get_by_role("radio", name=f"place 5, {data['letters'][4]}").focus()
    keys.press("ArrowRight")
    assert words(live).startswith(f"“{data['letters'][5]}” in place 6: head 0 is off; head 1 gives ")
    live.get_by_role("radio", name="two heads").focus()
    keys.press("ArrowLeft")
    assert live.get_by_role("checkbox").count() == 1 and live.get_by_role("radio", name="one head").is_checked()
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    assert live.get_by_role("checkbox").count() == 4
    assert all(box.is_checked() for box in live.get_by_role("checkbox").all())  # another model begins whole


def test_what_is_drawn_is_what_the_model_says(figure, data):
    live, row = figure(), start(data)
    for off in ((), (1,)):
        if off:
            live.get_by_role("checkbox", name="head 1").uncheck()
        said = expected(data, "two heads", row, off)[0].argmax(-1)[1:-1]
        for side, told in enumerate(drawn(live)):
            assert told == [LETTERS[i] for i in said[:, side].tolist()]
        wrong = 16 - sum(correct(data, "two heads", row, off))
        assert live.locator(".s2v-heads-wrong").count() == live.locator(".s2v-heads-miss").count() == wrong
    assert wrong > 3 and live.locator("svg.s2v-heads-off").count() == 1
    shades = live.locator(".s2v-heads-maps .s2v-cell").evaluate_all("(cells) => cells.map((cell) => +cell.style.fillOpacity)")
    assert shades == pytest.approx(expected(data, "two heads", row)[1].flatten().tolist(), abs=6e-4)


def test_one_head_is_a_blur_and_equal_neighbours_can_be_had(figure, data):
    """What the page says of the one head of this run: weights go to both sides, in about equal parts."""
    weights = expected(data, "one head", start(data))[1][0]
    left, right_ = weights.diagonal(-1)[:-1], weights.diagonal(1)[1:]
    assert (left > 0.3).all() and (right_ > 0.3).all()
    live = figure()
    live.get_by_role("radio", name="one head").check(force=True)
    assert re.search(r"head 0 gives 0\.\d\d to “\w” on its \w+ and 0\.\d\d to “\w” on its \w+\.", words(live))


def test_a_letter_can_be_changed_and_all_of_them_renewed(figure, data):
    live, row = figure(), start(data)
    live.get_by_label("Change this letter to").select_option(label="z")
    row[4] = 25
    assert live.locator(".s2v-heads-spot[data-place] text").all_text_contents() == [LETTERS[i] for i in row]
    assert words(live).startswith("“z” in place 5")
    assert drawn(live)[1][2] == LETTERS[int(expected(data, "two heads", row)[0][3, 1].argmax())] == "z"
    assert live.get_by_role("radio", name="place 5, z").is_checked()
    live.get_by_role("button", name="New letters").click()
    new = live.locator(".s2v-heads-spot[data-place] text").all_text_contents()
    assert new != [LETTERS[i] for i in row] and len(new) == 10
    said = expected(data, "two heads", [LETTERS.index(letter) for letter in new])[0].argmax(-1)[1:-1]
    assert drawn(live)[0] == [LETTERS[i] for i in said[:, 0].tolist()]
    assert live.get_by_label("Change this letter to").input_value() == str(LETTERS.index(new[4]))


def test_with_the_mouse_a_letter_is_picked_in_the_row_or_in_a_map(figure, data):
    live = figure()
    live.locator('[data-place="1"]').click()
    assert words(live).startswith(f"“{data['letters'][1]}” in place 2")
    assert live.get_by_role("radio", name="place 2, ").is_checked()
    live.locator(".s2v-heads-maps svg").nth(1).locator(".s2v-heads-spot").nth(9).click()
    assert "It stands at an end, and is not asked for neighbours." in words(live)


def test_by_touch(figure, data):
    live = figure(width=390, has_touch=True, is_mobile=True)
    live.locator('[data-place="7"]').tap()
    assert words(live).startswith(f"“{data['letters'][7]}” in place 8")
    live.locator(".s2v-heads-switches label").nth(1).tap()
    assert "head 1 is off" in words(live)
    live.locator(".s2v-choice").first.locator("label").nth(2).tap()
    assert "head 3 gives" in words(live)


def test_arcs_have_a_colour_and_a_pattern_for_each_head(figure):
    live = figure()
    live.get_by_role("radio", name="four heads").check(force=True)
    looks = live.locator(".s2v-heads-sample line").evaluate_all(
        """(lines) => lines.map((line) => [getComputedStyle(line).stroke, line.getAttribute("stroke-dasharray")])""")
    assert len({stroke for stroke, _ in looks}) == len({dash for _, dash in looks}) == 4
    for h, (stroke, dash) in enumerate(looks):
        arcs = live.locator(f".s2v-heads-arc.s2v-heads-{h}")
        assert arcs.count() > 0
        assert arcs.first.evaluate("(arc) => getComputedStyle(arc).stroke") == stroke
        assert arcs.first.get_attribute("stroke-dasharray") == dash
        cell = live.locator(f".s2v-cell.s2v-heads-{h}").first
        assert cell.evaluate("(cell) => getComputedStyle(cell).fill") == stroke


def test_without_scripts_the_still_shows_the_row(visit, address, data):
    still = visit(java_script_enabled=False).open(address + PAGE).locator(FIGURE)
    texts = still.locator("svg text").all_text_contents()
    assert texts[:10] == list(data["letters"]) and "head 1" in texts
    assert " ".join(data["letters"]) in still.locator(".s2v-state").inner_text()
