"""New documents: copies their files to ``data/raw/<key>/`` and writes the origin card."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from budgetkit.amounts import fold_width
from budgetkit.blocks import Paragraph
from budgetkit.disclosure import Disclosure, read_source
from budgetkit.errors import SourceError
from budgetkit.sources import (
    ORIGIN,
    RawFile,
    Source,
    carded_digests,
    is_key,
    joint_digest,
    key_of,
    raw_folder,
    read_card,
    read_file,
)

__all__ = ["Added", "add_files"]

_DATE = re.compile(
    r"(?:[^\d\s]{2,6}[:：])?\s*((?:19|20)\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
)
_CHINESE_DATE = re.compile(
    r"([二〇○零一三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"○": 0, "零": 0}
_HAN = re.compile("[\u4e00-\u9fff]")
_MADE_BY = {
    "pdf": "The publisher's PDF as it is; its text and tables are read by budgetkit.",
    "word": "The publisher's Word document as it is.",
    "excel": "The publisher's Excel workbook as it is.",
    "web": "The publisher's web page as it was saved.",
    "markdown": "Unknown: the text came as a text file.",
}
_HEAD = (
    "# Where the files of this disclosure come from, written by `budgetkit add` from the document;\n"
    "# complete what it could not know. The sha256 is checked on every read: a raw file is never "
    "edited.\n"
)


@dataclass(frozen=True, slots=True)
class Added:
    """A document that was added: its key, its folder, and what was read from it."""

    key: str
    folder: Path
    disclosure: Disclosure


def add_files(
    paths: Sequence[str | Path], key: str | None = None, today: datetime.date | None = None
) -> Added:
    """Copies the files of one disclosure to ``data/raw/<key>/`` with an origin card.

    The document is read first, so that title, department, year and date of the card are its own,
    and nothing unreadable is added. Without `key` one is made from the file names. Raises
    SourceError, and writes nothing, where a file cannot be used or the key or the content is
    already there.
    """
    files = _read_files(paths)
    digest = joint_digest([file.sha256 for file in files])
    if key is not None and not is_key(key):
        raise SourceError(
            f"--key {key}: a key is made of ASCII letters, digits, '.', '_' and '-', at most 100, "
            "and begins with a letter or digit; give another"
        )
    raw = raw_folder()
    if not raw.is_dir():
        raw = Path("data/raw")
    _refuse_known(raw, digest)
    name = files[0].name if len(files) == 1 else "several files"
    source = Source(key or "unnamed", files[0].path, files)
    disclosure = read_source(source)
    chosen = key or _find_key(files, digest, disclosure)
    folder = raw / chosen
    if folder.exists():
        raise SourceError(
            f"{folder}: this key is taken; give {name} another with --key, or delete the folder"
        )
    card = _card(disclosure, source, today or datetime.date.today())
    _write(folder, files, card)
    return Added(chosen, folder, disclosure)


def _read_files(paths: Sequence[str | Path]) -> tuple[RawFile, ...]:
    found: dict[str, RawFile] = {}
    for path in map(Path, paths):
        if not os.path.isfile(path):  # a name longer than any file's is none, too
            what = "is a folder; give its files" if os.path.isdir(path) else "there is no such file"
            raise SourceError(f"{path}: {what}")
        file = read_file(path)
        if file.name in found or file.name == ORIGIN or file.name.startswith("."):
            raise SourceError(
                f"{path}: two files of the name '{file.name}', or a name that is set aside for the "
                "origin card or hidden files; rename it"
            )
        found[file.name] = file
    return tuple(found[name] for name in sorted(found))


def _refuse_known(raw: Path, digest: str) -> None:
    for card in sorted(raw.glob(f"*/{ORIGIN}")):
        digests = carded_digests(read_card(card))
        if digests and joint_digest([digests[name] for name in sorted(digests)]) == digest:
            raise SourceError(
                f"{card.parent}: the same document is there already; use its key "
                f"'{card.parent.name}'"
            )


def _find_key(files: Sequence[RawFile], digest: str, disclosure: Disclosure) -> str:
    """A key from the first file's name; from what the document is where the name says nothing."""
    key = key_of(files[0].path.stem, digest)
    if any(sign.isalpha() for sign in files[0].path.stem if sign.isascii()):
        return key
    kind = disclosure.kind.replace("_", "-")
    year = f"-{disclosure.year}" if disclosure.year else ""
    return f"{kind}{year}-{digest[:8]}"


def _card(disclosure: Disclosure, source: Source, today: datetime.date) -> str:
    """The origin card as TOML."""
    texts = [block.text for block in disclosure.blocks if isinstance(block, Paragraph)]
    lines = [_HEAD]
    if len(source.files) == 1:
        lines.append(f"file = {_quote(source.files[0].name)}\n")
    if disclosure.title != source.key:
        lines.append(f"title = {_quote(disclosure.title)}\n")
    lines.append(f"publisher = {_quote(disclosure.department or 'unknown')}\n")
    if disclosure.year:
        lines.append(f"year = {disclosure.year}\n")
    lines.append(f"kind = {_quote(disclosure.kind)}\n")
    published = _find_date(texts)
    if published is not None and published <= today:
        lines.append(f"published = {published.isoformat()}\n")
    lines.append(f"added = {today.isoformat()}\n")
    lines.append('url = "unknown"\n')
    lines.append(f"language = {_quote(_find_language(texts))}\n")
    made = [_MADE_BY.get(reader, "Unknown.") for reader in disclosure.reader.split("+")]
    lines.append(f"text_made_by = {_quote(' '.join(made))}\n")
    lines.append('rights = "unknown"\n')
    if len(source.files) == 1:
        lines.append(f'sha256 = "{source.sha256}"\n')
        return "".join(lines)
    lines.append(
        f'# of the files\' sha256 in the order of their names\nsha256 = "{source.sha256}"\n'
    )
    for file in source.files:
        lines.append(f'\n[[file]]\nname = {_quote(file.name)}\nsha256 = "{file.sha256}"\n')
    return "".join(lines)


def _quote(text: str) -> str:
    """A TOML string: JSON's escapes, and one more for the sign that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _find_date(texts: Sequence[str]) -> datetime.date | None:
    """The last date that stands in a line of its own, as under a document that was signed."""
    for text in reversed(texts):
        plain = fold_width(text).strip()
        if len(plain) > 30:
            continue
        parts = None
        if match := _DATE.fullmatch(plain):
            parts = tuple(int(part) for part in match.groups())
        elif match := _CHINESE_DATE.fullmatch(plain.replace(" ", "")):
            year = int("".join(str(_DIGITS[sign]) for sign in match[1]))
            parts = (year, _chinese_number(match[2]), _chinese_number(match[3]))
        if parts is not None:
            try:
                return datetime.date(*parts)
            except ValueError:
                continue  # 2月30日 is no date, whatever it was meant to be
    return None


def _chinese_number(text: str) -> int:
    """A number below a hundred: 十二 is 12, 二十 is 20."""
    if "十" not in text:
        return _DIGITS[text[-1]]
    tens, _, ones = text.partition("十")
    return (_DIGITS[tens[-1]] if tens else 1) * 10 + (_DIGITS[ones[0]] if ones else 0)


def _find_language(texts: Sequence[str]) -> str:
    return "zh-CN" if any(_HAN.search(text) for text in texts) else "und"


def _write(folder: Path, files: Sequence[RawFile], card: str) -> None:
    """Everything into a new folder beside the final one, which then takes its name."""
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        fresh.mkdir(parents=True)
        for file in files:
            (fresh / file.name).write_bytes(file.data)
        (fresh / ORIGIN).write_text(card, encoding="utf-8", newline="\n")
        fresh.rename(folder)
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot be written ({error.strerror or error}); check the folder, its "
            "permissions and the space on the disk"
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
