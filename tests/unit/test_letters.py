"""The letters as people read them: every kind and variant, with the names of the Plan 2024."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest
from markupsafe import escape

from dondoc.domain.states import Decision
from dondoc.errors import Unreadable
from dondoc.mail.letters import Letter, PersonView, shorten
from dondoc.mail.render import WIDTH, Rendered, Renderer, wrap
from tests.samples import LETTERS
from tests.samples.letters import (
    AGREES,
    COMMENTS,
    DECIDE_URL,
    DECISION,
    DUE,
    HEAD,
    OBJECTS,
    OUTCOME,
    REQUEST,
    SILENT,
    SITE,
)

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "emails"
GOLDEN = ROOT / "tests" / "golden" / "letters"


def every_kind(letter: type[Letter]) -> Iterator[type[Letter]]:
    for kind in letter.__subclasses__():
        yield kind
        yield from every_kind(kind)


EVERY_LETTER = pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(TEMPLATES)


class Page(HTMLParser):
    """What a letter's HTML shows and links to; a tag that is closed wrongly fails."""

    VOID = frozenset({"meta", "br", "img", "hr"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(source)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)
        if tag == "a":
            self.links.append((dict(attrs)["href"] or "", ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "a" in self._open:
            url, words = self.links.pop()
            self.links.append((url, words + data))


def folders() -> list[str]:
    return sorted(path.name for path in TEMPLATES.iterdir() if not path.name.startswith("_"))


def test_every_kind_has_a_folder_and_every_folder_a_kind() -> None:
    assert folders() == sorted({kind.kind for kind in every_kind(Letter) if "kind" in vars(kind)})


@pytest.mark.parametrize("folder", folders())
def test_every_folder_has_its_three_templates_and_a_golden_letter(folder: str) -> None:
    assert sorted(path.name for path in (TEMPLATES / folder).iterdir()) == ["body.html", "body.txt", "subject.txt"]
    assert LETTERS[folder].kind == folder


def test_no_golden_letter_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{end}" for name in LETTERS for end in ("txt", "html")}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_reads_as_its_golden_file(name: str, renderer: Renderer) -> None:
    rendered = renderer.render(LETTERS[name])

    _compare(GOLDEN / f"{name}.txt", f"Subject: {rendered.subject}\n\n{rendered.text}")
    _compare(GOLDEN / f"{name}.html", rendered.html)


def _compare(golden: Path, now: str) -> None:
    if os.environ.get("DONDOC_UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(now, "utf-8")
    assert golden.read_text("utf-8") == now, f"{golden.name} differs; read it, then set DONDOC_UPDATE_GOLDEN=1"


@EVERY_LETTER
def test_whatever_the_html_links_to_stands_in_the_text(letter: Letter, renderer: Renderer) -> None:
    rendered = renderer.render(letter)

    links = Page(rendered.html).links

    assert links
    for url, words in links:
        assert url in rendered.text.split()
        assert words.strip(), f"a link without words: {url}"


@EVERY_LETTER
def test_the_html_can_be_read_by_everyone(letter: Letter, renderer: Renderer) -> None:
    source = renderer.render(letter).html
    tags = Page(source).tags

    assert ("html", {"lang": "vi"}) in tags
    assert sum(tag == "h1" for tag, _ in tags) == 1
    assert all(attrs.get("scope") in ("row", "col") for tag, attrs in tags if tag == "th")
    assert all(int(size) >= 16 for size in re.findall(r"font-size:(\d+)px", source))
    assert 'name="color-scheme"' in source
    assert len(source.encode()) < 102 * 1024


@EVERY_LETTER
def test_no_line_of_text_is_longer_than_a_screen_unless_it_is_a_url(letter: Letter, renderer: Renderer) -> None:
    for line in renderer.render(letter).text.splitlines():
        assert len(line) <= WIDTH or "://" in line or "mailto:" in line


@EVERY_LETTER
def test_a_letter_is_nfc_and_its_subject_one_line(letter: Letter, renderer: Renderer) -> None:
    decomposed = _with_every_text(
        letter, lambda text: unicodedata.normalize("NFD", text) + "\r\nBcc: a@example.org\u2028"
    )

    rendered = renderer.render(decomposed)

    assert all(unicodedata.is_normalized("NFC", part) for part in _parts(rendered))
    assert rendered.subject == " ".join(rendered.subject.splitlines()).strip()


@EVERY_LETTER
def test_data_cannot_become_markup(letter: Letter, renderer: Renderer) -> None:
    hostile = "<script>alert('x')</script>\"&"

    rendered = renderer.render(_with_every_text(letter, lambda _: hostile))

    page = Page(rendered.html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert escape(hostile) in rendered.html
    assert hostile in rendered.text
    assert all(url == hostile for url, _ in page.links if "?do=" not in url)


@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
@pytest.mark.parametrize("misspelt", ["{{ ocurrence }}", "{{ occurrence.tittle }}"])
def test_a_template_that_uses_what_a_letter_has_not_fails(part: str, misspelt: str, tmp_path: Path) -> None:
    folder = tmp_path / REQUEST.kind
    folder.mkdir()
    for name in ("subject.txt", "body.txt", "body.html"):
        (folder / name).write_text(misspelt if name == part else "", "utf-8")

    with pytest.raises(jinja2.UndefinedError):
        Renderer(tmp_path).render(REQUEST)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("consultation_request", "Đề nghị cho ý kiến trước 17 giờ 00 ngày 09/01: "),
        ("consultation_request-revised", "Đề nghị cho ý kiến lại trước 17 giờ 00 ngày 17/01: "),
        ("consultation_reminder-overdue", "Đề nghị sớm cho ý kiến, đã quá hạn 17 giờ 00 ngày 09/01 (nhắc lần 3): "),
        ("objection_notice", "Đề nghị xem xét trước 17 giờ 00 ngày 09/01: Đoàn Sở GTVT không nhất trí"),
        ("decision_needed", "Đề nghị quyết định: "),
    ],
)
def test_a_subject_begins_with_what_is_asked_by_when(name: str, begins: str, renderer: Renderer) -> None:
    assert renderer.render(LETTERS[name]).subject.startswith(begins)


def test_the_head_decides_by_one_of_three_links(renderer: Renderer) -> None:
    links = [url for url, _ in Page(renderer.render(DECISION).html).links if url.startswith(DECIDE_URL)]

    assert links == [f"{DECIDE_URL}?do={decision.value}" for decision in Decision]


def test_a_letter_addresses_a_person_when_the_plan_names_one(renderer: Renderer) -> None:
    rendered = renderer.render(replace(REQUEST, person=PersonView(HEAD.name, HEAD.title)))

    assert f"Kính gửi: Đồng chí {HEAD.name}, {HEAD.title}" in wrap(rendered.text).replace("\n", " ")


def test_a_deadline_is_told_in_the_time_of_viet_nam(renderer: Renderer) -> None:
    assert renderer.render(replace(REQUEST, due_at=DUE.astimezone(UTC))) == renderer.render(REQUEST)


def test_many_long_answers_are_not_clipped_by_mail_programs(renderer: Renderer) -> None:
    long = replace(OBJECTS, comment="Đề nghị xem xét lại thời gian. " * 160)

    rendered = renderer.render(replace(DECISION, answers=(long,) * 60))

    assert len(rendered.html.encode()) < 102 * 1024


def test_a_letter_about_many_units_shows_what_needs_reading_and_counts_the_rest(renderer: Renderer) -> None:
    answers = (*(AGREES,) * 5000, COMMENTS, *(SILENT,) * 1998, OBJECTS)
    shown, others = shorten(answers)

    for letter in (replace(OUTCOME, answers=shown, others=others), replace(DECISION, answers=answers)):
        rendered = renderer.render(letter)

        assert shown == (OBJECTS, COMMENTS)
        assert f"- {OBJECTS.unit_short}: Không nhất trí" in rendered.text
        assert "- 5000 đơn vị khác: Nhất trí\n- 1998 đơn vị khác: Chưa có ý kiến\n" in rendered.text
        assert len(rendered.html.encode()) < 40 * 1024


def test_a_comment_without_spaces_is_cut_and_a_url_is_not() -> None:
    url = f"{SITE}/{'a' * 200}"

    lines = wrap(f"- Góp ý: {'ê' * 200} {url}").splitlines()

    assert max(len(line) for line in lines if "://" not in line) <= WIDTH
    assert lines[-1] == f"  {url}"


def test_a_list_item_hangs_under_its_own_text() -> None:
    lines = wrap("  + " + "một hai ba bốn " * 10).splitlines()

    assert len(lines) > 1
    assert all(line.startswith("    ") and line[4] != " " for line in lines[1:])


def test_a_missing_folder_of_templates_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="nowhere"):
        Renderer(tmp_path / "nowhere")


def _parts(rendered: Rendered) -> tuple[str, str, str]:
    return rendered.subject, rendered.text, rendered.html


def _with_every_text(value: Any, write: Any) -> Any:
    """The same letter with every free text in it replaced; enumerations and problem kinds stay."""
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _with_every_text(getattr(value, f.name), write) for f in fields(value) if f.name != "kind"}
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(_with_every_text(item, write) for item in value)
    return write(value) if type(value) is str else value
