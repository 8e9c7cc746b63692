"""Chapter 1's interactive figure: the network in the browser is the network of the page, and everybody can use it."""

import base64
import datetime
import re

import torch

from seq2vit import figures
from seq2vit.experiments.translating import Translator

PAGE = "chapters/01_seq2seq.html"
FIGURE = '.s2v-figure[data-figure="alignment"]'
DATES = ("2021-03-09", "1950-01-01", "1999-12-31", "2024-02-29", "2049-10-20", "1968-05-11")


def weights_of(module, packed):
    """Load weights as the page carries them."""
    state = {}
    for name, (scale, shape, text) in packed.items():
        steps = torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.int8)
        state[name] = scale * steps.reshape(shape).float()
    module.load_state_dict(state)


def compare(page, translator, code):
    """The figure's answers against torch's, for one language; returns how many dates came out right."""
    right = 0
    for text in DATES:
        pair = translator.pair(datetime.date.fromisoformat(text), code)
        written, weights = translator.write(pair.source)
        seen = page.locator(FIGURE).evaluate("(root, asked) => root.figure.translate(...asked)", [text, code])
        assert (seen["source"], seen["target"]) == (list(pair.source), written)
        torch.testing.assert_close(torch.tensor(seen["weights"]), weights, rtol=0, atol=1e-4)
        assert seen["right"] is (tuple(written) == pair.target)
        assert [tuple(places) for places in seen["truth"]] == (list(pair.links) if seen["right"] else [])
        right += seen["right"]
    return right


def test_the_browser_computes_what_torch_computes(figure, data):
    translator = Translator()
    weights_of(translator.encoder, data["encoder"])
    weights_of(translator.decoder, data["decoder"])
    page = figure().page
    for code in data["languages"]:
        assert compare(page, translator, code) >= len(DATES) - 1, code


def test_it_works_in_a_folder_with_any_weights_and_without_a_server(browser, tmp_path, site):
    """A page opened as a file, an untrained network of other sizes: nothing of the figure is particular to the book."""
    translator = Translator(languages=("lv", "en"), E=5, D=7, A=3, seed=3)
    for parameter in (*translator.encoder.parameters(), *translator.decoder.parameters()):
        torch.nn.init.normal_(parameter)
    figures.round_to_bytes(translator.encoder, translator.decoder)
    shown = translator.pair(datetime.date(2021, 3, 9), "lv")
    script = (site / "_static" / "figures.js").as_uri()
    (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><script defer src="{script}"></script>'
                                        + figures.alignment(translator, shown)._repr_html_())
    page = browser.new_page()
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.locator(f"{FIGURE}[data-live]").wait_for()
    for code in ("lv", "en"):
        compare(page, translator, code)
    assert said == []
    page.close()


def chosen(figure):
    """What the figure says about the chosen token, and the rows that it marks in the two drawings."""
    rows = figure.locator(".s2v-chosen").evaluate_all("(rows) => rows.map((row) => Number(row.dataset.row))")
    return figure.locator("[aria-live] p").nth(1).inner_text(), rows


def test_with_the_keyboard(figure):
    live = figure()
    radio = live.get_by_role("radio")
    assert live.get_by_role("group", name="Written token").count() == 1
    radio.first.focus()
    assert chosen(live)[1] == [0, 0]
    before = chosen(live)[0]
    live.page.keyboard.press("ArrowRight")
    words, rows = chosen(live)
    assert rows == [1, 1] and words != before and radio.nth(1).is_checked()
    tokens = radio.evaluate_all("(radios) => radios.map((radio) => radio.ariaLabel)")
    assert all(re.fullmatch(rf"Token {k}: .*\S.*", name) for k, name in enumerate(tokens, start=1))
    live.get_by_label("Write it in").focus()
    live.page.keyboard.press("f")  # French
    assert live.get_by_label("Write it in").input_value() == "fr"
    assert "Token 1: mardi" in radio.first.get_attribute("aria-label")


def test_with_the_mouse(figure):
    live = figure()
    for drawing in (0, 1):
        row = live.locator("svg").nth(drawing).locator(f'[data-row="{drawing + 3}"] text')
        row.click()
        assert chosen(live)[1] == [drawing + 3] * 2
        assert live.get_by_role("radio").nth(drawing + 3).is_checked()


def test_by_touch(figure):
    live = figure(width=390, has_touch=True, is_mobile=True)
    live.locator(".s2v-choice label").nth(2).tap()
    assert chosen(live)[1] == [2, 2]


def test_another_date_is_another_picture_and_a_wrong_one_is_refused_in_words(figure):
    live = figure()
    live.get_by_label("Date").fill("1987-07-04")
    assert live.locator("svg").first.locator("text").all_text_contents()[:4] == ["Saturday", ",", "July", "4"]
    verdict = live.locator("[aria-live] p").first
    drawn = live.locator("svg").first.inner_html()
    for wrong in ("", "1820-01-01"):
        live.get_by_label("Date").fill(wrong)
        assert verdict.inner_text() == "Choose a date from 1950 to 2049."
    assert live.locator("svg").first.inner_html() == drawn


def test_it_says_how_well_the_shown_date_is_aligned(figure):
    live = figure()
    verdict = live.locator("[aria-live] p").first.inner_text()
    said = re.fullmatch(r"Every token is right\. Of the (\d) that have a source, (\d) looked at it or right beside it\.",
                        verdict)
    assert said and 0 < int(said[2]) <= int(said[1])


def test_without_scripts_the_still_shows_the_date(visit, address):
    page = visit(java_script_enabled=False).open(address + PAGE)
    still = page.locator(FIGURE)
    assert still.locator("svg").count() == 2
    assert "Tuesday , March 9 , 2 0 2 1 [hu]" in still.locator(".s2v-state").inner_text()


def test_lines_change_gently_for_who_did_not_ask_for_no_motion(figure):
    line = figure(reduced_motion="no-preference").locator(".s2v-row line").first
    assert line.evaluate("(line) => parseFloat(getComputedStyle(line).transitionDuration)") > 0.01
