"""Chapter 2's interactive figure: what it says about a map is what torch says, and everybody can use it."""

import base64
import io

import pytest
import torch
from PIL import Image

from seq2vit.data import Vocab
from seq2vit.data.scenes import Scenes
from seq2vit.figures import captioning as drawn

PAGE = "chapters/02_captioning_rnn.html"
FIGURE = '.s2v-figure[data-figure="maps"]'
STOP = Vocab.specials[Vocab.stop]


def compare(live, source, batch, told):
    """The figure's scores of each scene against those of `map_score`, one word at a time."""
    for i, (words, maps) in enumerate(told):
        seen = live.evaluate("(root, i) => root.figure.score(i)", i)
        assert [one["word"] for one in seen] == list(words)
        length = int(batch.lengths[i])
        truth = [*batch.scenes[i].caption, STOP]
        assert [one["right"] for one in seen] == [t < len(truth) and w == truth[t] for t, w in enumerate(words)]
        for t, one in enumerate(seen):
            if t >= length:
                assert one["on"] is None
                continue
            # A batch of one scene whose only word is this one: its mean is this word's number.
            single = type(batch)(batch.images[i : i + 1], batch.ids[i : i + 1, t : t + 1], torch.tensor([1]),
                                 torch.tensor([1]), batch.boxes[i : i + 1, t : t + 1], batch.places[i : i + 1, :1])
            on, uniform = source.map_score(maps[None, t : t + 1], single)
            assert one["on"] == pytest.approx(on, abs=2e-3) and one["uniform"] == pytest.approx(uniform, abs=1e-6)


@pytest.mark.parametrize(("rows", "columns", "grid"), [(3, 3, (6, 6)), (2, 4, (4, 8)), (2, 3, (3, 7))])
def test_the_browser_scores_as_torch_does_in_a_folder_without_a_server(browser, tmp_path, site, rows, columns, grid):
    """Any maps over any grid, also words that are wrong, too many or too few: nothing is particular to the page."""
    source = Scenes(rows, columns)
    batch = source.batch(3, seed=4, low=1, high=4)
    told, draw = [], torch.Generator().manual_seed(0)
    for i in range(3):
        words = [*batch.scenes[i].caption, STOP]
        words = [words, ["red", *words[1:-1], "ring", "star", STOP], words[:1]][i]
        maps = (4 * torch.randn(len(words), grid[0] * grid[1], generator=draw)).softmax(-1)
        told.append((words, maps.reshape(-1, *grid)))
    script = (site / "_static" / "figures.js").as_uri()
    (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><script defer src="{script}"></script>'
                                        + drawn.maps(batch, batch.images, told)._repr_html_())
    page, said = browser.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(f"{FIGURE}[data-live]").wait_for()
    compare(page.locator(FIGURE), source, batch, told)
    assert said == []
    page.close()


def test_the_page_shows_its_scenes_with_the_maps_of_the_captioner(figure, data):
    live = figure()
    assert len(data["scenes"]) == 6 and data["grid"] == [6, 6]
    for i, scene in enumerate(data["scenes"]):
        assert len(scene["maps"]) == len(scene["words"]) and {len(one) for one in scene["maps"]} == {36}
        assert all(abs(sum(one) - 10_000) <= 36 for one in scene["maps"])
        assert [Image.open(io.BytesIO(base64.b64decode(scene[name].split(",")[1]))).size for name in ("image", "small")] == [
            (96, 96), (48, 48)]
        seen = live.evaluate("(root, i) => root.figure.score(i)", i)
        wanted = [*scene["caption"], STOP]
        assert [one["right"] for one in seen] == [t < len(wanted) and w == wanted[t] for t, w in enumerate(scene["words"])]
    right = [one for i in range(6) for one in live.evaluate("(root, i) => root.figure.score(i)", i) if one["on"] is not None]
    wrong = [any(not one["right"] for one in live.evaluate("(root, i) => root.figure.score(i)", i)) for i in range(6)]
    assert wrong == [False] * 4 + [True] * 2  # as the page says
    assert sum(one["on"] for one in right) > 2 * sum(one["uniform"] for one in right)


def words_of(figure):
    return figure.get_by_role("group", name="Written word").get_by_role("radio")


def said(figure):
    """The state in words, and the row that the chart marks."""
    rows = figure.locator(".s2v-chosen").evaluate_all("(rows) => rows.map((row) => Number(row.dataset.row))")
    return figure.locator("[aria-live] p").nth(1).inner_text(), rows


def shades(figure):
    return figure.locator(".s2v-maps-shade").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.getAttribute('fill-opacity')))")


def test_the_picture_is_bright_where_the_map_is_large(figure, data):
    live, scene = figure(), data["scenes"][0]
    for t in (0, 2, len(scene["words"]) - 1):
        live.evaluate("(root, t) => root.figure.pick(t)", t)
        top = max(scene["maps"][t])
        assert shades(live) == pytest.approx([drawn.SHADE * (1 - w / top) for w in scene["maps"][t]], abs=1e-3)


def test_with_the_keyboard(figure, data):
    live = figure()
    words_of(live).first.focus()
    words, rows = said(live)
    assert rows == [0] and words.startswith(f"Word 1, “{data['scenes'][0]['words'][0]}”: looked most at row ")
    before = shades(live)
    live.page.keyboard.press("ArrowRight")
    live.page.keyboard.press("ArrowRight")
    assert said(live)[1] == [2] and shades(live) != before and words_of(live).nth(2).is_checked()
    live.get_by_role("group", name="Scene").get_by_role("radio").first.focus()
    live.page.keyboard.press("ArrowRight")
    assert data["scenes"][1]["sentence"] in live.locator("[aria-live] p").first.inner_text()
    assert words_of(live).count() == len(data["scenes"][1]["words"]) and said(live)[1] == [0]


def test_with_the_mouse(figure, data):
    live = figure()
    live.locator('.s2v-row[data-row="3"] text').first.click()
    assert said(live)[1] == [3] and words_of(live).nth(3).is_checked()
    maps = data["scenes"][0]["maps"]
    for cell in (0, 14, 35):
        live.locator(f'[data-cell="{cell}"]').click()
        column = [one[cell] for one in maps]
        assert said(live)[1] == [column.index(max(column))]


def test_by_touch(figure, data):
    live = figure(width=390, has_touch=True, is_mobile=True)
    live.get_by_role("group", name="Written word").locator("label").nth(2).tap()
    assert said(live)[1] == [2]
    live.get_by_role("group", name="Scene").locator("label").nth(3).tap()
    assert data["scenes"][3]["sentence"] in live.locator("[aria-live] p").first.inner_text()


def test_the_true_box_can_be_shown_and_hidden(figure, data):
    live, box = figure(), data["scenes"][0]["boxes"][0]
    mark = live.locator(".s2v-maps-box")
    edges = mark.evaluate("(box) => ['y', 'x', 'height', 'width'].map((name) => Number(box.getAttribute(name)) / 288)")
    assert edges == pytest.approx([box[0], box[1], box[2] - box[0], box[3] - box[1]], abs=1e-3)
    assert mark.is_visible()
    live.get_by_label("True box").uncheck()
    assert not mark.is_visible()
    live.get_by_label("True box").check()
    words_of(live).last.focus()
    live.page.keyboard.press("End")
    live.evaluate("(root, t) => root.figure.pick(t)", len(data["scenes"][0]["words"]) - 1)
    assert not mark.is_visible() and "names no object" in said(live)[0]


def test_the_maps_so_far_can_be_added_up(figure, data):
    live, maps = figure(), data["scenes"][0]["maps"]
    live.evaluate("(root) => root.figure.pick(2)")
    live.get_by_label("Add up the maps so far").check()
    totals = [sum(column) / 1e4 for column in zip(*maps[:3], strict=True)]
    assert shades(live) == pytest.approx([drawn.SHADE * max(0, 1 - x) for x in totals], abs=1e-3)
    assert said(live)[0].startswith("The maps of words 1 to 3 added up: ") and f"{max(totals):.2f}" in said(live)[0]


def test_the_reader_can_see_what_the_network_sees(figure, data):
    live = figure()
    image = live.locator(".s2v-maps-picture image")
    assert image.get_attribute("href") == data["scenes"][0]["image"]
    live.get_by_label("As the network sees it").check()
    assert image.get_attribute("href") == data["scenes"][0]["small"]
    assert image.evaluate("(image) => getComputedStyle(image).imageRendering") == "pixelated"


def test_the_window_of_the_brightest_cell_can_be_shown(figure, data):
    live = figure()
    window = live.locator(".s2v-maps-window")
    assert not window.is_visible()
    live.get_by_label("What the cell saw").check()
    for t in (0, 3):
        live.evaluate("(root, t) => root.figure.pick(t)", t)
        maps = data["scenes"][0]["maps"][t]
        row, column = divmod(maps.index(max(maps)), 6)
        edges = window.evaluate("(box) => ['y', 'x', 'height', 'width'].map((name) => Number(box.getAttribute(name)) / 6)")
        first = [max(8 * k - 7, 0) for k in (row, column)]
        assert edges == pytest.approx([*first, *(min(8 * k + 8, 48) - a for k, a in zip((row, column), first, strict=True))],
                                      abs=0.05)
    live.get_by_label("What the cell saw").uncheck()
    assert not window.is_visible()


def test_without_scripts_the_still_shows_every_word(visit, address, data):
    page = visit(java_script_enabled=False).open(address + PAGE)
    still = page.locator(FIGURE)
    assert still.locator("svg use").count() == len(data["scenes"][0]["words"])
    assert " ".join(data["scenes"][0]["words"]) in still.locator(".s2v-state").inner_text()


def test_cells_change_gently_for_who_did_not_ask_for_no_motion(figure):
    cell = figure(reduced_motion="no-preference").locator(".s2v-maps-shade").first
    assert cell.evaluate("(cell) => parseFloat(getComputedStyle(cell).transitionDuration)") > 0.01
