"""What tests show: every kind of letter, with the names of the Plan 2024."""

from dondoc.mail.letters import Letter
from tests.samples import (
    letters,
    letters_access,
    letters_digest,
    letters_life,
    letters_money,
    letters_operator,
    letters_people,
    letters_work,
)

LETTERS: dict[str, Letter] = (
    letters.LETTERS
    | letters_access.LETTERS
    | letters_digest.LETTERS
    | letters_life.LETTERS
    | letters_money.LETTERS
    | letters_operator.LETTERS
    | letters_people.LETTERS_ABOUT_PEOPLE
    | letters_work.LETTERS
)
"""By the name of the golden file."""
