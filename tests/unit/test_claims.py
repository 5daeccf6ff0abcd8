"""Whether a reply plainly says that a contribution is paid, and since when (III.2)."""

from __future__ import annotations

from datetime import date

import pytest

from dondoc.domain.claims import paid_on

RECEIVED = date(2024, 4, 3)
FORTY_WORDS = "Đã chuyển khoản rồi" + " ạ" * 36


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("Dạ đơn vị đã nộp rồi", RECEIVED, id="no day: that of the reply"),
        pytest.param("Đã chuyển khoản ngày 02/04/2024 ạ", date(2024, 4, 2), id="a day"),
        pytest.param("Da chuyen khoan 2.4.24", date(2024, 4, 2), id="a short year, without diacritics"),
        pytest.param("Da chuyen khoan 2.4.23", date(2023, 4, 2), id="a short year that is over"),
        pytest.param("Vừa chuyển tiền 02-04", date(2024, 4, 2), id="without a year"),
        pytest.param("Đã thanh toán ngày 03/04", RECEIVED, id="the day itself"),
        pytest.param("Đã nộp tiền ngày 20/12", date(2023, 12, 20), id="the last such day was a year before"),
        pytest.param("Mới CK hôm qua", date(2024, 4, 2), id="yesterday"),
        pytest.param("Đơn vị đã đóng tiền hôm nay", RECEIVED, id="today"),
        pytest.param("Đã chuyển khoản sáng nay", RECEIVED, id="this morning"),
        pytest.param("Đã chuyển khoản hôm qua 02/04", date(2024, 4, 2), id="the same day twice"),
        pytest.param(FORTY_WORDS, RECEIVED, id="forty words"),
    ],
)
def test_the_day_is_the_one_that_the_words_name(said: str, expected: date) -> None:
    assert paid_on(said, RECEIVED) == expected


@pytest.mark.parametrize(
    "said",
    [
        *(
            f"Đơn vị {verb} chuyển khoản"
            for verb in (
                "đã", "vừa", "mới", "đã được", "đã hoàn thành", "đã hoàn tất", "đã thực hiện", "đã hoàn thành việc"
            )
        ),
        *(
            f"Đã nộp{what}"
            for what in (
                "", " ạ", " khoản này", " tiền", " kinh phí", " số tiền trên", " đủ", " xong", " rồi", " đóng góp",
                " phí", " ngày 03/04", " hôm nay", " vào tài khoản", " qua ngân hàng", " cho Cụm", " về Cụm",
                " 1.750.000 đồng",
            )
        ),
        *(f"Đơn vị đã đóng {what}" for what in ("tiền", "góp", "phí", "kinh phí", "đủ")),
        *(f"Đơn vị đã gửi {what}" for what in ("tiền", "kinh phí", "khoản này")),
        "Đã thanh toán",
        "Đã CK",
    ],
)  # fmt: skip
def test_who_paid_says_so_in_many_words(said: str) -> None:
    assert paid_on(said, RECEIVED) == RECEIVED


@pytest.mark.parametrize("today", ["Sáng nay", "trưa nay", "chiều nay", "hôm nay"])
def test_today_has_many_names_and_is_no_other_day(today: str) -> None:
    assert paid_on(f"Đã chuyển khoản {today}", RECEIVED) == RECEIVED
    assert paid_on(f"Đã chuyển khoản {today} 02/04", RECEIVED) is None


@pytest.mark.parametrize(
    "but",
    [
        "chưa", "sẽ", "không", "dự kiến", "hẹn", "xin gia hạn", "chậm", "một phần", "còn thiếu", "nhầm", "trả lại",
        "hoàn lại", "tuy nhiên", "nhưng",
    ],
)  # fmt: skip
def test_a_word_that_takes_it_back_leaves_it_to_a_person(but: str) -> None:
    assert paid_on(f"Đã chuyển khoản hôm qua, {but} kiểm tra", RECEIVED) is None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Nhất trí", id="nothing of the kind"),
        pytest.param("Đã chuyển công văn cho kế toán", id="something else was sent"),
        pytest.param("Đơn vị sẽ nộp tiền vào tuần sau", id="a promise"),
        pytest.param("Đơn vị chưa nộp, đã chuyển khoản nhầm", id="not yet"),
        pytest.param("Đã nộp tiền một phần", id="a part"),
        pytest.param("Đã chuyển tiền, nhưng thiếu", id="a but"),
        pytest.param("Đã nộp tiền chưa?", id="a question"),
        pytest.param("Đơn vị đã nộp rồi phải không ạ?", id="a question with another word"),
        pytest.param("Đã nộp tiền rồi?", id="only the question mark"),
        pytest.param("Đã chuyển khoản ngày 01/04 và 02/04", id="two days"),
        pytest.param("Đã chuyển khoản hôm qua 01/04", id="two days, one by name"),
        pytest.param("Đã chuyển khoản ngày 04/04/2024", id="a day that has not come"),
        pytest.param("Đã chuyển khoản ngày 31/02/2024", id="no day"),
        pytest.param("Đã chuyển khoản ngày 31/02", id="no day of any year"),
        pytest.param(FORTY_WORDS + " ạ", id="who writes more has more to say"),
    ],
)
def test_what_is_not_plain_is_for_a_person(said: str) -> None:
    assert paid_on(said, RECEIVED) is None
