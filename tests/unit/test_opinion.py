"""What an answer says: never a wrong verdict, and nine in ten of the clear ones understood."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from dondoc.domain.opinion import Asked, Condition, Doubt, Opinion, Unclear, Understood, understand
from dondoc.domain.plan import Contribution, OnDay, Place, Window
from dondoc.domain.proposal import Proposal
from dondoc.domain.states import Verdict

ASKED = Asked(frozenset({1_750_000}), frozenset({date(2024, 1, 19)}))
PHRASES: dict[str, list[str]] = yaml.safe_load((Path(__file__).parents[1] / "replies/phrases.yaml").read_text("utf-8"))
AGREE, UNCLEAR = Understood(Verdict.AGREE), Unclear(Doubt.NO_VERDICT)


def verdict(opinion: Opinion) -> str:
    """The verdict in one word; what goes to the head first is unclear."""
    if isinstance(opinion, Understood) and opinion.condition is None:
        return opinion.verdict.value
    return "unclear"


@pytest.mark.parametrize(("meant", "said"), [(meant, said) for meant, many in PHRASES.items() for said in many])
def test_no_short_answer_is_understood_wrongly(meant: str, said: str) -> None:
    assert verdict(understand(said, ASKED)) in (meant, "unclear")


@pytest.mark.parametrize(
    "said",
    [
        "Không tham gia ý kiến",
        "Kính gửi Cụm, đơn vị xin phép không tham gia ý kiến ạ.",
        "Không tham gia ý kiến. Không có ý kiến gì thêm",
    ],
)
def test_who_plainly_abstains_abstains(said: str) -> None:
    assert understand(said, ASKED) == Understood(Verdict.ABSTAIN)


def test_nine_in_ten_clear_short_answers_are_understood() -> None:
    clear = [(meant, said) for meant, many in PHRASES.items() if meant != "unclear" for said in many]

    understood = [said for meant, said in clear if verdict(understand(said, ASKED)) == meant]

    assert len(clear) >= 35
    assert len(understood) >= 0.9 * len(clear)


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("Đồng ý nhưng đề nghị dời sang tuần sau", Condition.BUT),
        ("Nhất trí, nếu Cụm hỗ trợ xe", Condition.BUT),
        ("Thống nhất. Đề nghị xuất phát sớm hơn.", Condition.BUT),
        ("ok nhưng đi sớm hơn nhé", Condition.BUT),
        ("Đồng ý mức 1.500.000 đồng", Condition.OTHER_AMOUNT),
        ("Đồng ý đóng góp 1,5 triệu", Condition.OTHER_AMOUNT),
        ("dong y dong gop 2tr", Condition.OTHER_AMOUNT),
        ("Đồng ý ngày 19/01 nhưng đề nghị đi sớm", Condition.BUT),
        ("Đồng ý mức 1.750.000 nhưng xin nộp sau", Condition.BUT),
        ("Nhất trí “Thăm Mẹ” nhưng đi sớm", Condition.BUT),
        ("Đồng ý đóng góp 1500k", Condition.OTHER_AMOUNT),
        ("Nhất trí ngày 19/01/23", Condition.OTHER_DAY),
        ("Nhất trí kế hoạch năm 2025", Condition.OTHER_DAY),
        ("Nhất trí kế hoạch năm 2023", Condition.OTHER_DAY),
        ("Nhất trí ngày 26/01", Condition.OTHER_DAY),
        ("Nhất trí thăm Mẹ quý II", Condition.OTHER_DAY),
        ("Nhất trí “Thăm Mẹ quý II”", Condition.OTHER_DAY),
        ('Đồng ý mức "1.500.000 đồng"', Condition.OTHER_AMOUNT),
        ("Nhất trí. 26/01", Condition.OTHER_DAY),
        ("Nhất trí tổ chức tháng 2", Condition.OTHER_DAY),
        ("Đồng ý nhưng mức 1.500.000 đồng", Condition.OTHER_AMOUNT),
        ("Nhất trí. Góp ý: ngày 26/01 đi sớm hơn", Condition.OTHER_DAY),
        ("Nhất trí. Đơn vị cử hai cán bộ.", Condition.SAYS_MORE),
        ("Nhất trí. Đơn vị cử hai cán bộ, nộp 1.500.000 đồng", Condition.OTHER_AMOUNT),
    ],
)
def test_an_agreement_that_says_more_goes_to_the_head_with_its_words(said: str, condition: Condition) -> None:
    assert understand(said, ASKED) == Understood(Verdict.COMMENT, said, condition)


@pytest.mark.parametrize(
    "said",
    [
        "Đồng ý mức 1.750.000 đồng/đơn vị",
        "Đồng ý đóng góp 1tr750",
        "Đồng ý đóng góp 1750k",
        "Đồng ý đóng góp 1750000 đồng",
        "Nhất trí ngày 19/01/24",
        "Nhất trí kế hoạch năm 2024",
        "Nhất trí kế hoạch “Thăm Mẹ Việt Nam anh hùng”",
        "Nhất trí kế hoạch “Thăm Mẹ ngày 19/01”",
        'Nhất trí kế hoạch "Hành trình tri ân"',
        "Nhất trí kế hoạch «Hành trình tri ân»",
        "Đồng ý nhé a/c",
        "Dạ đ/c, đơn vị đồng ý",
        "Da d/c, don vi dong y",
        "Đồng ý đóng góp 1,75 triệu",
        "Nhất trí ngày 19 tháng 1 năm 2024",
        "Nhất trí tổ chức ngày 19-01-2024",
        "Nhất trí với kế hoạch quý I/2024",
        "Nhất trí đồng ý",
        "Nhất trí.\nCảm ơn trân trọng.\nPhòng Tổng hợp",
        "Nhất trí.\nCảm ơn Đoàn Sở Y tế.\nPhòng Tổng hợp",
        "Nhất trí. Đơn vị đồng ý",
        "V/v thăm Mẹ: đơn vị nhất trí",
        "Phúc đáp công văn số 12-CV/ĐKDCĐ ngày 02/01/2024, đơn vị nhất trí.",
    ],
)
def test_an_agreement_may_name_what_was_proposed(said: str) -> None:
    assert understand(said, ASKED) == AGREE


DONGS = ("đồng", "đ", "dong", "vnđ", "vnd")


@pytest.mark.parametrize(
    "figure",
    [
        *(f"1.750.000 {dong}" for dong in DONGS),
        *(f"1,75 {million}" for million in ("triệu", "trieu", "tr")),
        *(f"1,75 triệu {dong}" for dong in DONGS),
        *(f"1750000 {dong}" for dong in DONGS),
        *(f"1750 {thousand}" for thousand in ("nghìn", "ngàn", "nghin", "ngan", "k")),
        *(f"1750 nghìn {dong}" for dong in DONGS),
        *(f"1.750.000/{unit}" for unit in ("đơn vị", "don vi", "đv")),
        *(
            f"ngày 19{of_month}1{of_year}"
            for of_month in ("/", ".", "-", " tháng ", " thang ")
            for of_year in ("", "/24")
        ),
        *(f"ngày 19 tháng 1 {year} 2024" for year in ("năm", "nam")),
        *(f"{month} 1{of}2024" for month in ("tháng", "thang") for of in ("/", "-", " năm ", " nam ")),
        *(f"{quarter} 1{of}2024" for quarter in ("quý", "quí", "quy", "qui") for of in ("/", "-", " năm ", " nam ")),
        *(f"{year} 2024" for year in ("năm", "nam")),
    ],
)
def test_what_was_proposed_is_known_however_it_is_written(figure: str) -> None:
    assert understand(f"Nhất trí {figure}", ASKED) == AGREE


LETTERS = ("công văn", "văn bản", "thư", "thư mời", "thông báo", "email")
TYPED_BARE = ("cong van", "van ban", "thu", "thu moi", "thong bao", "email")


@pytest.mark.parametrize(
    "letter",
    [
        *(f"{letter}{number} ngày 02/01/2024" for letter in LETTERS for number in ("", " số 12-CV/ĐKDCĐ")),
        *(f"{letter}{number} ngay 02/01/2024" for letter in TYPED_BARE for number in ("", " so 12-CV")),
    ],
)
def test_the_day_of_a_letter_is_nobodys_proposal(letter: str) -> None:
    assert understand(f"Căn cứ {letter}, đơn vị nhất trí", ASKED) == AGREE


@pytest.mark.parametrize(
    "name", ["Nguyễn Văn An", "Trần Khang", "Đỗ Đăng Điền", "Âu Ái Uyên", "Tôn Nữ Hoàng Bảo Trâm", "Tran Hung Khang."]
)
def test_who_signs_says_no_more_by_it(name: str) -> None:
    assert understand(f"Nhất trí\n{name}", ASKED) == AGREE


@pytest.mark.parametrize(
    "remark", ["Xe ốm", "Xe hư", "Trễ", "Xe Buýt Tuyến Chạy Trễ Mãi", "LÊ VĂN TÁM", "Xe B", "B52 Xe"]
)
def test_a_remark_that_is_not_written_like_a_name_is_none(remark: str) -> None:
    assert understand(f"Nhất trí\n{remark}", ASKED) != AGREE


@pytest.mark.parametrize(
    "parted",
    [
        *(
            f"Nhất trí{sign} đơn vị cử hai cán bộ"
            for sign in (".", ",", ";", ":", "!", "…", "\n", " (", " -", " –", " •")
        ),
        "(Nhất trí) đơn vị cử hai cán bộ",
    ],
)
def test_what_stands_behind_an_agreement_is_told_however_it_is_set_off(parted: str) -> None:
    assert understand(parted, ASKED) == Understood(Verdict.COMMENT, parted, Condition.SAYS_MORE)


COURTESIES = ["anh", "dạ", "cảm ơn", "hoàn toàn", "kế hoạch"]
ASIDES = [*COURTESIES, "ok", "không có ý kiến gì thêm", "đã nhận được", "19/01"]


@pytest.mark.parametrize("aside", [*ASIDES, "đơn vị"])
def test_what_stands_before_a_verdict_hides_none(aside: str) -> None:
    for said in (f"{aside} nhất trí", f"{aside}, nhất trí"):
        assert understand(said, ASKED) == AGREE
    for said in (f"{aside} phản đối vì xa", f"{aside}, phản đối vì xa"):
        assert understand(said, ASKED) == Understood(Verdict.OBJECT, said)
    for said in (f"{aside} không tham gia ý kiến", f"{aside}, không tham gia ý kiến"):
        assert understand(said, ASKED) == Understood(Verdict.ABSTAIN)


@pytest.mark.parametrize("named", ["Thời gian", "26/01"])
def test_an_aspect_or_a_day_before_a_verdict_belongs_to_it(named: str) -> None:
    said = f"{named} phản đối vì xa"

    assert understand(said, ASKED) == Understood(Verdict.OBJECT, said)
    assert understand(f"{named} không tham gia ý kiến", ASKED) == Understood(Verdict.ABSTAIN)
    assert understand(f"{named} nhất trí", ASKED) not in (AGREE, UNCLEAR)


@pytest.mark.parametrize("aside", ASIDES)
def test_what_stands_behind_an_agreement_turns_nothing(aside: str) -> None:
    assert understand(f"Nhất trí {aside}", ASKED) == AGREE
    assert understand(f"Nhất trí. {aside}", ASKED) == AGREE


@pytest.mark.parametrize("courtesy", COURTESIES)
def test_courtesies_behind_a_verdict_change_nothing(courtesy: str) -> None:
    objection = f"Phản đối {courtesy} vì xa"

    assert understand(f"Không tham gia ý kiến {courtesy}", ASKED) == Understood(Verdict.ABSTAIN)
    assert understand(f"Không tham gia ý kiến. {courtesy}", ASKED) == Understood(Verdict.ABSTAIN)
    assert understand(objection, ASKED) == Understood(Verdict.OBJECT, objection)
    assert understand(f"Nhất trí. Đơn vị {courtesy}", ASKED) == AGREE
    assert understand(f"Nhất trí.\nTrân trọng {courtesy}.\nPhòng Tổng hợp", ASKED) == AGREE


@pytest.mark.parametrize("courtesy", ["anh", "dạ", "cảm ơn", "hoàn toàn"])
def test_who_answers_in_a_second_sentence_says_no_more_by_it(courtesy: str) -> None:
    assert understand(f"Nhất trí. {courtesy} đơn vị", ASKED) == AGREE


@pytest.mark.parametrize("said", ["Anh, ok", "Đơn vị, ok", "Dạ, ok", "ok ok", "ok cảm ơn", "ok hoàn toàn", "ok. Dạ"])
def test_a_bare_ok_is_an_agreement_with_courtesies_alone(said: str) -> None:
    assert understand(said, ASKED) == AGREE


NO, NOT_YET, AGAINST, ABSTAINING = "không", "chưa", "phản đối", "không tham gia ý kiến"


@pytest.mark.parametrize(
    "word", ["đồng ý", NO, NOT_YET, AGAINST, ABSTAINING, "nhưng", "góp ý", "bao nhiêu", "ok", "vì"]
)
def test_no_word_that_may_turn_an_answer_is_passed_over(word: str) -> None:
    for answer in ("nhất trí", "phản đối vì quá xa", "không tham gia ý kiến"):
        opening = understand(f"Căn cứ kế hoạch {word} của Cụm, đơn vị {answer}", ASKED)
        assert isinstance(opening, Unclear), answer
    assert understand(f"Nhất trí.\nTrân trọng.\nPhòng {word} Tổng hợp", ASKED) != AGREE


@pytest.mark.parametrize(
    ("first", "words"),
    [
        pytest.param("Nhất trí.", ["đồng ý", NO, NOT_YET, AGAINST, ABSTAINING, "ok"], id="behind an agreement"),
        pytest.param("Nhất trí. Góp ý:", ["đồng ý", NOT_YET, AGAINST, ABSTAINING], id="in a comment"),
        pytest.param("Không tham gia ý kiến,", ["đồng ý", NO, AGAINST, "nhưng", "ok"], id="behind an abstention"),
        pytest.param("Nhất trí nhưng", ["đồng ý", AGAINST, ABSTAINING], id="in a condition"),
        pytest.param("Không đồng ý vì", ["đồng ý", AGAINST, ABSTAINING], id="in a reason"),
    ],
)
def test_a_second_verdict_leaves_both_to_a_person(first: str, words: list[str]) -> None:
    for word in words:
        assert understand(f"{first} xe cũ {word} hỏng", ASKED) == UNCLEAR, word


def test_a_reason_may_say_that_others_do_not_agree() -> None:
    for said in ("Không đồng ý vì cơ sở không đồng ý", "Không đồng ý vì cơ sở chưa đồng ý"):
        assert understand(said, ASKED) == Understood(Verdict.OBJECT, said)


@pytest.mark.parametrize(
    "unit",
    [
        "Đoàn Khối Dân - Chính - Đảng Thành phố",
        "Đoàn Sở Giao thông - Vận tải",
        "doan so giao thong - van tai",
        "Đoàn Sở Lao động - Thương binh và Xã hội",
        "doan so lao dong - thuong binh va xa hoi",
        "Cụm Hành chính - Sự nghiệp",
        "cum hanh chinh - su nghiep",
    ],
)
def test_a_stroke_in_a_name_parts_nothing(unit: str) -> None:
    for said in (f"Nhất trí {unit}", f"Căn cứ kế hoạch của {unit} đồng ý"):
        assert understand(said, ASKED) == understand(said.replace(" - ", " "), ASKED)


@pytest.mark.parametrize("sign", ["👍", "👍🏽", "🙏", "❤️", "🌹", "😊", ":)", "^_^", "<3"])
def test_a_cheerful_sign_changes_nothing(sign: str) -> None:
    assert understand(f"Đồng ý {sign}", ASKED) == AGREE
    assert understand(f"Đồng{sign}ý", ASKED) in (AGREE, UNCLEAR)


@pytest.mark.parametrize(
    "sign", [*"🙄😂🤣😏🙃😅🤔😒", "=)", "=))", ":))", ":D", ":p", "haha", "Hihi", "HEHE", "kkk", "LOL"]
)
def test_who_smirks_is_read_by_a_person(sign: str) -> None:
    assert understand(f"Đồng ý {sign}", ASKED) == Unclear(Doubt.IRONY)


@pytest.mark.parametrize(
    "passed_on",
    [
        "> Nhất trí",
        "  > Nhất trí",
        "---- Thư của cơ sở ----\nNhất trí",
        "Begin forwarded message\nNhất trí",
        "Bắt đầu thư được chuyển tiếp\nNhất trí",
        "Thư chuyển tiếp\nNhất trí",
        "Thư đã chuyển tiếp\nNhất trí",
        *(f"{header}: Đoàn cơ sở\nNhất trí" for header in ("FW", "Fwd", "Từ", "From", "Gửi", "Sent")),
        *(f"Xin chuyển\n  {header}: Kế hoạch\nNhất trí" for header in ("Tiêu đề", "Subject")),
    ],
)
def test_what_others_wrote_is_not_the_units_own_opinion(passed_on: str) -> None:
    assert understand(passed_on, ASKED) == Unclear(Doubt.FORWARDED)


@pytest.mark.parametrize(
    "said", ["Nhất trí. Góp ý: nên đi sớm", "Nhất trí, góp ý thêm: đi xe chung", "Nhất trí... Góp ý: nên đi sớm"]
)
def test_a_comment_beside_an_agreement_makes_no_condition(said: str) -> None:
    assert understand(said, ASKED) == Understood(Verdict.COMMENT, said)


@pytest.mark.parametrize(
    "said",
    [
        "Không đồng ý vì xa",
        "Không đồng ý vì xa nhưng đường xấu",
        "Không đồng ý vì 1.750.000 đồng",
        "Phản đối 19/01 vì xa",
        "Phản đối 26/01 vì xa",
        "Không đồng ý vì 1.500.000 đồng",
        "Không đồng ý. 1.750.000 cao",
        "Không đồng ý vì đơn vị đang chờ kinh phí",
    ],
)
def test_a_short_reason_is_a_reason(said: str) -> None:
    assert understand(said, ASKED) == Understood(Verdict.OBJECT, said)


TURN_OF_THE_YEAR = Asked(days=frozenset({date(2024, 12, 30), date(2025, 1, 3)}))


@pytest.mark.parametrize(
    "named",
    [
        "ngày 30/12",
        "ngày 03/01/2025",
        "tháng 1",
        "tháng 1/2025",
        "quý IV",
        "quý 4",
        "quý 1/2025",
        "năm 2025",
        "năm 2024",
    ],
)
def test_of_several_days_an_agreement_may_name_any(named: str) -> None:
    assert understand(f"Nhất trí kế hoạch {named}", TURN_OF_THE_YEAR) == AGREE


@pytest.mark.parametrize(
    "named",
    [
        *("ngày 30/12/2025", "tháng 12/2025", "tháng 1/2024", "quý IV/2025", "quý 1/2024"),
        *("ngày 30 tháng 12 năm 2025", "tháng 12 năm 2025", "quý IV năm 2025"),
        *("ngay 30 thang 12 nam 2025", "thang 12 nam 2025", "quy IV nam 2025"),
    ],
)
def test_the_same_day_of_another_year_is_another_day(named: str) -> None:
    said = f"Nhất trí kế hoạch {named}"

    assert understand(said, TURN_OF_THE_YEAR) == Understood(Verdict.COMMENT, said, Condition.OTHER_DAY)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_quarter_is_its_three_months(month: int) -> None:
    asked = Asked(days=frozenset({date(2024, month, 15)}))
    named = [quarter for quarter in ("I", "II", "III", "IV") if understand(f"Nhất trí quý {quarter}", asked) == AGREE]

    assert named == [("I", "II", "III", "IV")[(month - 1) // 3]]


def test_without_the_proposal_a_named_amount_is_conditional() -> None:
    said = "Đồng ý mức 1.750.000 đồng"

    assert understand(said) == Understood(Verdict.COMMENT, said, Condition.OTHER_AMOUNT)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", Doubt.EMPTY),
        (" \n ", Doubt.EMPTY),
        ("Không đồng ý.", Doubt.NEEDS_REASON),
        ("Chưa thống nhất ạ", Doubt.NEEDS_REASON),
        ("Không đồng ý. Xa", Doubt.NEEDS_REASON),
        ("Không đồng ý vì đơn vị", Doubt.NEEDS_REASON),
        ("Không đồng ý. Lý do: đơn vị", Doubt.NEEDS_REASON),
        ("Không đồng ý. Trân trọng đơn vị", Doubt.NEEDS_REASON),
        ("Không đồng ý, nhưng nếu đổi ngày thì được", Doubt.NO_VERDICT),
        ("Không đồng ý nhưng vì xa", Doubt.NO_VERDICT),
        ("Không đồng ý vì đơn vị đồng ý rồi", Doubt.NO_VERDICT),
        ("Nhất trí với “không đồng ý”", Doubt.NO_VERDICT),
        ("Đồng ý ngày 26/01 không đồng ý ngày 19/01", Doubt.NO_VERDICT),
        ("Nhất trí\nblah blah", Doubt.NO_VERDICT),
        ("Nhất trí 2", Doubt.NO_VERDICT),
        ('Nhất trí với "không đồng ý"', Doubt.NO_VERDICT),
        ("Nhất trí với «không đồng ý»", Doubt.NO_VERDICT),
        ("Nhất trí\nKhông Đồng Ý", Doubt.NO_VERDICT),
        ("Nhất trí\nTrần Không", Doubt.NO_VERDICT),
        ("Nhất trí\nTran Khong", Doubt.NO_VERDICT),
        ("Đồng ý\nFW: Kế hoạch", Doubt.FORWARDED),
        ("Chưa thống nhất vì đơn vị còn chờ cấp ủy", Doubt.PENDING),
        ("Đơn vị có đồng ý không?", Doubt.QUESTION),
        ("Không rõ kinh phí là bao nhiêu", Doubt.QUESTION),
        ("Không có ý kiến gì thêm", Doubt.NO_VERDICT),
        ("Nhất trí về thời gian", Doubt.PARTLY),
        ("Nhất trí về thời gian.\nTrân trọng.\nPhòng Tổng hợp", Doubt.PARTLY),
        ("Đồng ý haha", Doubt.IRONY),
        ("Lúc đầu đồng ý", Doubt.TAKEN_BACK),
        ("Nhất trí\n\n---------- Forwarded message ---------", Doubt.FORWARDED),
        ("Đồng ý, không đồng ý, đồng ý", Doubt.NO_VERDICT),
        ("- Nhất trí;\n- Không nhất trí (kèm lý do);\n- Không tham gia ý kiến.", Doubt.NO_VERDICT),
        ("Nhất trí với ý kiến của Đoàn Sở Y tế", Doubt.NO_VERDICT),
        ("Không đồng ý với ý kiến của Đoàn Sở Y tế vì quá xa", Doubt.NO_VERDICT),
        ("Không đồng ý hủy chuyến thăm vì Mẹ đang mong", Doubt.NO_VERDICT),
        ("Đồng ý hoãn", Doubt.NO_VERDICT),
        ("hoãn, đồng ý", Doubt.NO_VERDICT),
        ("đồng ý " * 2000, Doubt.NO_VERDICT),
    ],
)
def test_what_is_not_clear_says_why(said: str, why: Doubt) -> None:
    assert understand(said, ASKED) == Unclear(why)


def test_a_word_with_other_marks_is_another_word() -> None:
    assert understand("Đơn vị hoàn toàn đồng ý") == AGREE
    assert understand("don vi hoan toan dong y") == AGREE
    assert understand("Đơn vị hoãn toàn đồng ý") == UNCLEAR


def test_decomposed_letters_and_old_tone_places_are_understood() -> None:
    assert understand("Nhâ\u0301t tri\u0301") == AGREE
    assert understand("hòan tòan đồng ý") == AGREE


def test_a_line_break_of_a_mail_program_does_not_part_a_sentence() -> None:
    assert understand("Đoàn Sở Y tế hoàn toàn nhất trí với\nnội dung kế hoạch.") == AGREE
    assert understand("Không phải là đơn vị không\nđồng ý vì kinh phí") == UNCLEAR
    assert understand("Kính gửi Cụm.\nĐơn vị không\nđồng ý") == Unclear(Doubt.NEEDS_REASON)


def test_an_objection_keeps_the_words_of_its_reason() -> None:
    said = "Không nhất trí. Lý do: trùng hội nghị của Sở."

    assert understand(said, ASKED) == Understood(Verdict.OBJECT, said)


def test_nobody_needs_more_than_four_thousand_characters_for_a_mere_verdict() -> None:
    longest = "Nhất trí" + " ạ" * 1996

    assert (len(longest), understand(longest)) == (4000, AGREE)
    assert understand(longest + "!") == UNCLEAR


def test_the_time_does_not_explode() -> None:
    assert isinstance(understand("đồng ý, " * 499 + "~"), Understood | Unclear)
    assert isinstance(understand("căn cứ kế hoạch, " * 200 + "không"), Understood | Unclear)


DAY, SUMMER = OnDay(day=date(2024, 1, 19)), Window(first=date(2024, 6, 1), last=date(2024, 8, 31))


@pytest.mark.parametrize(
    ("when", "contribution", "expected"),
    [
        pytest.param(
            DAY,
            Contribution(basis="year", shares={"so-y-te": 1_750_000, "tnxp": 1_500_000}),
            Asked(frozenset({1_750_000, 1_500_000}), frozenset({date(2024, 1, 19)})),
            id="a share for each and a day",
        ),
        pytest.param(
            SUMMER,
            Contribution(each=7_000_000),
            Asked(frozenset({7_000_000}), frozenset({date(2024, 6, 1), date(2024, 8, 31)})),
            id="the same for all and a window",
        ),
        pytest.param(DAY, None, Asked(days=frozenset({date(2024, 1, 19)})), id="no money"),
    ],
)
def test_what_was_asked_is_read_from_the_proposal(
    when: OnDay | Window, contribution: Contribution | None, expected: Asked
) -> None:
    proposal = Proposal(title="Thăm Mẹ", when=when, place=Place(name="huyện Củ Chi"), contribution=contribution)

    assert Asked.in_proposal(proposal) == expected
