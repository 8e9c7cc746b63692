"""The data of chapters 1 and 6: real, seeded, and with an alignment that is true."""

import datetime

import pytest
import torch

from seq2vit.data import Vocab, dates, digits, names

DAY = datetime.date(2021, 3, 9)


def test_vocab_goes_there_and_back():
    vocab = Vocab(["b", "a", "b", "[STOP]"])
    assert vocab.tokens == ["<pad>", "[START]", "[STOP]", "b", "a"] and len(vocab) == 5
    ids, lengths = vocab.encode([["a", "b"], ["b"], []])
    assert ids.tolist() == [[4, 3], [3, 0], [0, 0]] and lengths.tolist() == [2, 1, 0]
    assert vocab.decode([1, 4, 3, 2, 3]) == ["a", "b"]
    with pytest.raises(KeyError, match="'z' is not in this vocabulary"):
        vocab.encode([["z"]])


def test_copy_batch():
    src, lengths = digits.copy_batch(500, 2, 6, torch.Generator().manual_seed(1))
    again, _ = digits.copy_batch(500, 2, 6, torch.Generator().manual_seed(1))
    assert torch.equal(src, again)
    assert src.shape == (500, 6) and set(lengths.tolist()) == {2, 3, 4, 5, 6}
    real = torch.arange(6) < lengths[:, None]
    assert set(src[real].tolist()) == set(range(3, 13)) and bool((src[~real] == 0).all())
    with pytest.raises(ValueError, match="1 <= low <= high"):
        digits.copy_batch(1, 5, 4, torch.Generator())


def test_dates_are_written_as_cldr_writes_them():
    assert dates.write(DAY, "en")[0] == ("Tuesday", ",", "March", "9", ",", "2", "0", "2", "1")
    assert "".join(dates.write(DAY, "zh")[0]) == "2021年3月9日星期二"
    assert dates.write(DAY, "fr")[0][0] == "mardi"
    with pytest.raises(ValueError, match="no CLDR language 'xx'"):
        dates.write(DAY, "xx")


@pytest.mark.parametrize("language", ["hu", "zh", "fr", "es", "ja", "fi", "lv"])
def test_links_point_at_the_same_field(language):
    pair = dates.pair(DAY, "en", language)
    meaning = {source: text for text, source in zip(pair.source, range(9), strict=True)}
    for token, link in zip(pair.target, pair.links, strict=True):
        if token.isdecimal() and link and len(link) == 1 and meaning[link[0]].isdecimal():
            assert meaning[link[0]] == token
    # weekday, month, day and the four digits of the year are each linked to once
    assert sorted(i for link in pair.links for i in link) == [0, 2, 3, 5, 6, 7, 8]


def test_training_and_held_out_dates_never_meet():
    task = dates.Dates("fr", first_year=2000, last_year=2001, held_out=100)
    held_out = {pair.date for pair in task.test()}
    assert len(held_out) == 100
    assert held_out.isdisjoint(pair.date for pair in task.train(3000, seed=1))
    assert [p.date for p in task.train(5, seed=1)] == [p.date for p in task.train(5, seed=1)]
    src, s, y, t = task.encode(task.test(4))
    assert src.shape == (4, int(s.max())) and y.shape == (4, int(t.max()))
    with pytest.raises(ValueError, match="is after last_year"):
        dates.Dates("fr", first_year=2001, last_year=2000)


def test_alignment_score():
    pair = dates.pair(DAY, "en", "fr")  # mardi 9 mars 2 0 2 1
    perfect = torch.zeros(1, 7, 9)
    for t, link in enumerate(pair.links):
        perfect[0, t, link[0]] = 1
    assert dates.alignment_score(perfect, [pair]) == 1
    one_late = perfect.roll(1, dims=2)
    assert dates.alignment_score(one_late, [pair], tolerance=0) == 0
    assert dates.alignment_score(one_late, [pair]) > 0.8  # the last position wraps around
    assert dates.alignment_score(torch.eye(9)[None, [4] * 7], [pair], tolerance=0) == 0


def test_names_are_plain_and_known():
    territories, languages = names.names(), names.names("language")
    assert {"sweden", "sri lanka", "timor-leste"} <= set(territories) and {"swedish", "old norse"} <= set(languages)
    for found in (territories, languages, names.names("territory", ("en", "sv"))):
        assert found == sorted(set(found)) and len(found) > 200
        assert all(1 <= len(name) <= 20 and set(name) <= set(names.ALPHABET) for name in found)
    assert "sverige" in names.names("territory", ("sv",)) and "sverige" not in territories
    assert max(map(len, names.names(longest=6))) == 6
    with pytest.raises(ValueError, match="no kind 'river': choose one of territory, language"):
        names.names("river")
    with pytest.raises(ValueError, match="no CLDR language 'tlhx'"):
        names.names(languages=("tlhx",))


def test_names_are_spelt_between_start_and_stop():
    ids, lengths = names.encode(["ab", "a-b c"])
    assert len(names.VOCAB) == 31 and ids.dtype == lengths.dtype == torch.int64
    assert ids.tolist() == [[1, 3, 4, 2, 0, 0, 0], [1, 3, 30, 4, 29, 5, 2]] and lengths.tolist() == [4, 7]
    assert [names.decode(row) for row in ids] == ["ab", "a-b c"]


def test_held_out_names_are_others():
    everything = names.names("language")
    train, test = names.split(everything, 50)
    assert len(test) == 50 and sorted(train + test) == everything
    assert names.split(everything, 50) == (train, test) != names.split(everything, 50, seed=1)
    with pytest.raises(ValueError, match=r"from 1 to 2, got 3"):
        names.split(["a", "b", "c"], 3)
