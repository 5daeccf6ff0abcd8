"""Reply and bounce addresses: what was made is read back, what was tampered with is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.errors import Unreadable
from dondoc.mail.addresses import BounceAddresses, ReplyAddresses

REPLIES = ReplyAddresses("traloi", "doan.example.org", ("secret",))


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_reply_address_gives_its_number_back(number: int) -> None:
    address = REPLIES.for_request(number)

    assert REPLIES.number_in(address) == number
    assert REPLIES.number_in(address.upper()) == number
    assert len(address.partition("@")[0]) <= 64


def test_an_address_never_changes() -> None:
    # Letters that were sent keep these addresses for years: changing how they are made would orphan the answers.
    assert REPLIES.for_request(12) == "traloi+12.aua6mbar@doan.example.org"


def tampered() -> list[str]:
    good = REPLIES.for_request(12)
    local, _, _ = good.partition("@")
    mark = local.rpartition(".")[2]
    return [
        good.replace("+12.", "+13."),
        good.replace("+12.", "+012."),
        good.replace("+12.", "+１２."),
        good.replace(mark, mark[:-1] + ("a" if mark[-1] != "a" else "b")),
        good.replace(mark, mark[:-1]),
        good.replace("traloi", "tra-loi"),
        f"{local}@donvi.example.org",
        f"{good}, other@example.org",
        f"Someone <{good}>",
        f"{good}\n",
        "traloi@doan.example.org",
        "",
        "@",
    ]


@pytest.mark.parametrize("address", tampered())
def test_a_tampered_address_says_nothing(address: str) -> None:
    assert REPLIES.number_in(address) is None


def test_a_new_secret_signs_and_the_old_one_still_verifies() -> None:
    rotated = ReplyAddresses("traloi", "doan.example.org", ("new", "secret"))

    assert rotated.for_request(12) != REPLIES.for_request(12)
    assert rotated.number_in(REPLIES.for_request(12)) == 12
    assert REPLIES.number_in(rotated.for_request(12)) is None


def test_a_bounce_address_is_no_reply_address() -> None:
    bounces = BounceAddresses("traloi", "doan.example.org", ("secret",))

    assert bounces.number_in(bounces.for_letter(7)) == 7
    assert REPLIES.number_in(bounces.for_letter(7)) is None


def test_addresses_are_made_from_a_mailbox() -> None:
    assert ReplyAddresses.at("TraLoi@doan.example.org", ("secret",)) == REPLIES
    assert REPLIES.plain == "traloi@doan.example.org"


@pytest.mark.parametrize("number", [0, -1, 10**19])
def test_a_number_that_no_address_can_carry_is_refused(number: int) -> None:
    with pytest.raises(Unreadable, match="not a number"):
        REPLIES.for_request(number)


@pytest.mark.parametrize(
    ("mailbox", "secrets"),
    [
        pytest.param("tra loi@doan.example.org", ("secret",), id="a space"),
        pytest.param("tra+loi@doan.example.org", ("secret",), id="a plus"),
        pytest.param("traloi", ("secret",), id="no domain"),
        pytest.param("traloi@doan.example.org", (), id="no secret"),
        pytest.param("traloi@doan.example.org", ("",), id="an empty secret"),
    ],
)
def test_an_unusable_mailbox_is_refused(mailbox: str, secrets: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable):
        ReplyAddresses.at(mailbox, secrets)


def test_the_secret_is_not_shown() -> None:
    assert "secret'" not in repr(REPLIES)
