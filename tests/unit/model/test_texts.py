"""Columns of texts: bytes and codes until somebody looks at one."""

from __future__ import annotations

import numpy as np

from mda.model.texts import Named, Texts


def test_texts_are_read_one_by_one_or_all_at_once() -> None:
    texts = Texts(np.array([b"OXDK", b"", b"J8\xe9"], "S7"))
    assert len(texts) == 3
    assert texts[0] == "OXDK"
    assert texts[1] is np.ma.masked
    assert list(texts)[2] == "J8é"
    assert texts.tolist() == ["OXDK", None, "J8é"]


def test_names_stand_behind_codes_and_a_code_outside_them_is_none() -> None:
    named = Named(np.array([1, -1, 0, 2], np.int32), ["cw", "ponce"])
    assert len(named) == 4
    assert next(iter(named)) == "ponce"
    assert named[1] is np.ma.masked
    assert named[3] is np.ma.masked
    assert named.tolist() == ["ponce", None, "cw", None]
