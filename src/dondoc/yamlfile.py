"""Reading a YAML file that a person wrote, so that every mistake is told with its file, line and key.

Only what a plan needs is read: text, whole numbers, true, false, null, lists, mappings. Dates and times stay text
for the models to read, because YAML 1.1 takes 17:00 for a number, 0071 for another, and the key `on` for true.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from dondoc.errors import Unreadable
from dondoc.findings import At, Finding, findings_of

MAX_BYTES = 32_000_000
_MAX_DEPTH = 20
_MAX_FINDINGS = 50
_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Model = TypeVar("Model", bound=BaseModel)


class _Loader(_FastLoader):  # type: ignore[misc]  # chosen at run time
    """Knows three kinds of plain words, and stops at nesting that would overflow libyaml's stack."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute
    _depth = 0

    def descend_resolver(self, parent: yaml.Node | None, _index: object) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=parent.start_mark if parent else None)

    def ascend_resolver(self) -> None:
        self._depth -= 1


_TAG = "tag:yaml.org,2002:"
_Loader.add_implicit_resolver(_TAG + "int", re.compile(r"-?(0|[1-9][0-9]{0,17})$"), list("-0123456789"))
_Loader.add_implicit_resolver(_TAG + "bool", re.compile(r"(true|false)$"), list("tf"))
_Loader.add_implicit_resolver(_TAG + "null", re.compile(r"(null|~|)$"), ["n", "~", ""])


def read_text(path: Path) -> str:
    """The file's text in NFC. Raises Unreadable."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"{path}: expected at most {MAX_BYTES // 1_000_000} MB, found {path.stat().st_size} bytes")
        return unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Unreadable(f"{path}: expected a file that can be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: expected text in UTF-8, found something else at byte {error.start}") from None


def read_model(path: Path, model: type[Model], text: str | None = None) -> Model:
    """The file as a value of `model`; `text` stands for what the file contains.

    Raises Unreadable with a line for each finding: `file:line: dotted.key: expected …, found …`.
    """
    root = _compose(path, read_text(path) if text is None else text)
    mistakes: list[Finding] = []
    data = _plain(root, (), mistakes, set())
    if mistakes:
        raise _unreadable(path, root, mistakes)
    try:
        # Strict JSON is the form in which the record keeps a plan: a file is judged by the same rules.
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise _unreadable(path, root, list(findings_of(error, model))) from None


def rewrite(path: Path, text: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    """The text with the keys and values that `change` makes of it; comments, order and layout stay.

    `change` returns a document of the same shape. The text is one that `read_model` took: keys and values.
    """
    root = _compose(path, text)
    pieces, done = [], 0
    for start, end, new in _edits(root, change(_plain(root, (), [], set()))):
        pieces += [text[done:start], new]
        done = start + len(text[start:end].rstrip())  # a block's span takes in the empty lines behind it
    return "".join([*pieces, text[done:]])


def _edits(node: yaml.Node, new: Any) -> Iterator[tuple[int, int, str]]:
    """Where the node's text changes, and into what."""
    if isinstance(node, yaml.MappingNode):
        for (key, value), (new_key, new_value) in zip(node.value, new.items(), strict=True):
            yield from _edits(key, new_key)
            yield from _edits(value, new_value)
    elif isinstance(node, yaml.SequenceNode):
        for item, new_item in zip(node.value, new, strict=True):
            yield from _edits(item, new_item)
    elif isinstance(node, yaml.ScalarNode) and _plain(node, (), [], set()) != new:
        as_plain = not isinstance(new, str) or (not node.style and _shape(node.value) == _shape(new))
        written = str(new) if as_plain and new is not None else json.dumps(new, ensure_ascii=False)
        yield node.start_mark.index, node.end_mark.index, written


def _shape(text: str) -> str:
    """What decides whether a text can stand without quotes; which digits it has does not matter."""
    return re.sub(r"\d", "0", text)


def _compose(path: Path, text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise Unreadable(f"{where}: expected YAML: {said}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(f"{path}:{line}: expected text, found a control character") from None
    except yaml.YAMLError as error:
        raise Unreadable(f"{path}: expected YAML: {error}") from None
    if root is None:
        raise Unreadable(f"{path}: the file is empty")
    return root


def _plain(node: yaml.Node, at: At, mistakes: list[Finding], seen: set[int]) -> Any:
    """The node as plain Python; what YAML allows and a plan does not goes to `mistakes`."""
    if id(node) in seen:
        mistakes.append(Finding(at, "expected the value itself, found a YAML alias (*)"))
        return None
    seen.add(id(node))
    tag = node.tag.removeprefix(_TAG)
    if tag not in {"str", "int", "bool", "null", "seq", "map"}:
        mistakes.append(Finding(at, f"expected a plain value, found the YAML tag {node.tag}", _line(node)))
        return None
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                mistakes.append(Finding(at, f"expected a word as a key, found {_kind(key)}", _line(key)))
                continue
            if key.value in found:
                mistakes.append(Finding((*at, key.value), "expected each key once, found it again", _line(key)))
            found[key.value] = _plain(value, (*at, key.value), mistakes, seen)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, n), mistakes, seen) for n, item in enumerate(node.value)]
    match tag:
        case "int":
            return int(node.value)
        case "bool":
            return node.value == "true"
        case "null":
            return None
        case _:
            return node.value


def _unreadable(path: Path, root: yaml.Node, findings: list[Finding]) -> Unreadable:
    told = []
    for finding in findings[:_MAX_FINDINGS]:
        line, key = _locate(root, finding.at)
        told.append(f"{path}:{finding.line or line}: {key + ': ' if key else ''}{finding.says}")
    if len(findings) > _MAX_FINDINGS:
        told.append(f"{path}: and {len(findings) - _MAX_FINDINGS} more findings")
    return Unreadable("\n".join(told))


def _locate(node: yaml.Node, at: At) -> tuple[int, str]:
    """The line and the dotted key of `at`; what the file does not contain (a missing key, a tag) has its parent's."""
    line, keys = _line(node), []
    for step in at:
        if isinstance(node, yaml.MappingNode):
            entry = next(((k, v) for k, v in node.value if k.value == step), None)
            if entry is not None:
                line, node = _line(entry[0]), entry[1]
                keys.append(str(step))
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = max(line, _line(node))  # what an alias stands for begins further up
            keys.append(str(step))
    return line, ".".join(keys)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _kind(node: yaml.Node) -> str:
    return {"map": "keys and values", "seq": "a list"}.get(node.tag.removeprefix(_TAG), "a single value")
