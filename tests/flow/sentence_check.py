#!/usr/bin/env python3
"""The sentence check on sentences of the example documents, true ones lightly rewritten and corrupted
ones, made by code (bench/sentences.py says how)."""
import random

import sentences
from zdtest import run


def figures():
    rng = random.Random("flow")
    made = sentences.cases(sentences.example_items(""), 300, rng)
    return sentences.score(made, sentences.check(made, rng), show=5)


KEPT, TOTAL, _ = figures()


def test_few_true_sentences_are_lost():
    assert TOTAL["true"] == 300
    assert KEPT["true"] >= 0.97 * TOTAL["true"], KEPT


def test_corrupted_sentences_are_removed():
    for kind in sentences.KINDS:
        assert TOTAL[kind] >= 50, (kind, TOTAL)
    assert sum(KEPT[k] for k in sentences.KINDS) <= 0.02 * sum(TOTAL[k] for k in sentences.KINDS), KEPT


run(globals())
