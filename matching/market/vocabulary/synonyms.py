# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one word of a search may stand for besides itself: a known word it misspells, the forms it is a name of."""

from bisect import bisect_left
from functools import cache

from matching.market.vocabulary.likeness import Speller
from matching.market.vocabulary.lists import PLACES
from matching.market.vocabulary.spelling import fold, is_chinese, runs
from matching.market.vocabulary.thesaurus import CATEGORY, FIBRE, FORM, own_phrases, phrases, shade_words


def respelt(word: str) -> tuple[str, ...]:
    """The known words that a folded word may be a misspelling of, likest first; none where it is one or begins one."""
    at = bisect_left(_known(), word)
    if is_chinese(word) or (at < len(_known()) and _known()[at].startswith(word)):
        return ()
    return tuple(known for known, _likeness in _speller().like(word))


def forms_called(word: str) -> frozenset[str]:
    """The forms that a folded word, or a stretch of Chinese, is a name of in the thesaurus."""
    return _forms().get(word, frozenset())


@cache
def _known() -> list[str]:
    texts = [phrase.text for kind in (FORM, FIBRE, CATEGORY) for phrase in phrases(kind)]
    texts += [name for place in PLACES.values() for name in place.names.values()]
    words = {run.text for text in texts for run in runs(fold(text)) if not run.chinese}
    return sorted(words | {word for word in shade_words() if not is_chinese(word)})


@cache
def _speller() -> Speller:
    return Speller(_known())


@cache
def _forms() -> dict[str, frozenset[str]]:
    called: dict[str, set[str]] = {}
    for phrase in own_phrases(FORM):
        called.setdefault(fold(phrase.text), set()).add(phrase.code)
    return {word: frozenset(codes) for word, codes in called.items()}
