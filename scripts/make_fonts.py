"""Cut the fonts of budgetkit out of Noto Sans CJK SC.

    python scripts/make_fonts.py NotoSansCJK-Regular.ttc [OUT]

takes a Noto Sans CJK font (a collection or a single SC face; the regular weight) and writes
to OUT, by default budgetkit/fonts:

- NotoSansSC-subset.otf    for pictures: matplotlib reads OpenType with CFF outlines
- NotoSansSC-subset.woff2  for web pages: the same glyphs, compressed

Both hold every character of GB 2312, ASCII, the hanzi listed in NAMES, and the punctuation and
symbols listed in CHARACTERS. Noto Sans CJK has a tick but no cross to go with it: the script
draws one. The same source and the same fontTools give the same bytes. Needs fontTools, which
matplotlib brings along, and brotli (pip install brotli).
"""

import argparse
import math
from pathlib import Path

from fontTools import subset
from fontTools.misc.transform import Identity
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTCollection, TTFont

NAME = "NotoSansSC-subset"
FAMILY = "Noto Sans CJK SC"

# Inclusive ranges of code points; a source font without one of them simply has no glyph for it.
CHARACTERS = {
    "ASCII": (0x0020, 0x007E),
    "Latin-1: punctuation, ×, ÷, ±, ½ and Western letters": (0x00A0, 0x00FF),
    "general punctuation: dashes, quotation marks, ellipsis, ‰, ※": (0x2010, 0x205E),
    "superscripts and subscripts": (0x2070, 0x208E),
    "currency": (0x20A0, 0x20BF),
    "letter-like symbols: ℃, №": (0x2100, 0x214F),
    "number forms: ⅓, Ⅰ, ⅰ": (0x2150, 0x218B),
    "arrows": (0x2190, 0x21FF),
    "mathematical operators: −, ∑, ≈, ≠, ≤, ≥": (0x2200, 0x22FF),
    "enclosed numbers: ①, ⑴": (0x2460, 0x24FF),
    "box drawing, blocks and geometric shapes": (0x2500, 0x25FF),
    "miscellaneous symbols: ★, ☆, ☑": (0x2600, 0x266F),
    "ticks and crosses": (0x2713, 0x2718),
    "CJK punctuation: 〇, 【】, 《》, 〔〕": (0x3000, 0x303F),
    "enclosed CJK: ㈠": (0x3220, 0x3243),
    "CJK units: ㎡, ㎏": (0x3371, 0x33DF),
    "vertical and small forms": (0xFE30, 0xFE6B),
    "fullwidth forms": (0xFF01, 0xFF5E),
    "fullwidth signs: ￥": (0xFFE0, 0xFFE6),
}

# Hanzi outside GB 2312 that names of counties, rivers, dams and people use today.
NAMES = (
    "鄠硚浉瀍猇埇堽漷碶垟崀㵲塱滘洑涢漖漈潕灈炟犇玥珺璟昇旸芃翀赟镕喆堃旻昉暐曈橦沄沨沺洺浥淏湉溦"
    "澔烜焜燊燚珅珣珮琇琎瑀瑄璠璈畇皞祎祐禛禩竑翾虓袆袮讱谞豨贇赪辀郤鄀釚钘锜镠阇頔飏飖骉骎骕鹍鹓龑"
    "龢峃崟湜溇澴濛瑢甪祊鄌酂铚鲘堎塆塝墈堌埗埌垵崚嵖硿磡矻淜溁溠滍澛澥瀼潵汭沇沘沚泃泜洣洨洸浐浛淯"
    "渒渼湣湴滃滆滉潏潩澽灄玕玙玚玠玭玹珽琯瑁瑑瑨璆璘瓛垚垕垭堉岽峣嶓嵕洈浬涔湫鱇陉鼍塅厓嵩邨"
)

# What a page of budgetkit cannot do without: the script stops when a glyph for one is missing.
NEEDED = "≤≥±×÷−✓※●○■□▲▼→←½‰㎡℃〔〕【】《》“”‘’…—–·¥￥％（），。：；、〇"

# A glyph that no text of ours uses gives its place in the font to the cross.
SPARE, TICK, CROSSES = 0x271A, 0x2713, (0x2717, 0x2718)
CROSS_ARM, CROSS_PEN = 400, 40  # half the length and half the width of a stroke, in font units
CROSS_CENTRE = (341, 371)  # the middle of the tick

# Vertical setting and alternative glyphs: neither matplotlib nor our pages ask for them.
DROPPED_TABLES = ["BASE", "VORG", "vhea", "vmtx", "DSIG", "GSUB", "GPOS", "GDEF"]


def list_gb2312() -> set[int]:
    """All code points of GB 2312: 6763 hanzi and 682 symbols."""
    points = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                continue  # a place the standard leaves empty
    return points


def list_characters() -> set[int]:
    """Every code point that the subset asks the source font for."""
    points = list_gb2312() | {ord(sign) for sign in NAMES}
    for first, last in CHARACTERS.values():
        points.update(range(first, last + 1))
    return points


def read_face(source: Path) -> TTFont:
    """The simplified-Chinese face of a font file or collection."""
    if source.suffix.lower() in {".ttc", ".otc"}:
        for face in TTCollection(source).fonts:
            if face["name"].getDebugName(1) == FAMILY:
                return face
        raise SystemExit(f"{source}: the collection has no face called {FAMILY}")
    return TTFont(source)


def draw_cross(font: TTFont) -> None:
    """Add ✗ and ✘ to the font: two upright strokes turned by 45 degrees, as wide as ✓."""
    arm, pen = CROSS_ARM, CROSS_PEN
    quarter = [(arm, pen), (pen, pen), (pen, arm)]
    half = [*quarter, *((-x, y) for x, y in reversed(quarter))]
    outline = [*half, *((-x, -y) for x, y in half)]

    characters = font.getBestCmap()
    name, tick = characters[SPARE], characters[TICK]
    table = font["CFF "].cff.topDictIndex[0]
    spare = table.CharStrings[name]
    private = spare.private
    width = font["hmtx"][tick][0]
    stated = None if width == private.defaultWidthX else width - private.nominalWidthX
    drawn = T2CharStringPen(stated, None)
    turned = TransformPen(drawn, Identity.translate(*CROSS_CENTRE).rotate(math.pi / 4))
    turned.moveTo(outline[0])
    for point in outline[1:]:
        turned.lineTo(point)
    turned.closePath()
    table.CharStrings[name] = drawn.getCharString(private, spare.globalSubrs)
    font["hmtx"][name] = (width, round(CROSS_CENTRE[0] - (arm + pen) * math.sqrt(0.5)))
    for cmap in font["cmap"].tables:
        if cmap.isUnicode() and cmap.format != 14:  # 14 holds variants, not characters
            cmap.cmap.pop(SPARE, None)
            cmap.cmap.update(dict.fromkeys(CROSSES, name))


def cut(font: TTFont) -> None:
    """Reduce the font, in place, to our characters, without layout tables."""
    options = subset.Options()
    options.drop_tables += DROPPED_TABLES
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14]
    options.notdef_outline = True
    options.hinting = False  # pictures and pages are drawn at sizes where it changes nothing
    options.desubroutinize = False
    options.recalc_timestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=list_characters())
    cutter.subset(font)
    font.recalcTimestamp = False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="NotoSansCJK-Regular.ttc or an SC face of it")
    parser.add_argument(
        "out",
        type=Path,
        nargs="?",
        default=Path(__file__).parent.parent / "budgetkit" / "fonts",
        help="folder to write to (default: budgetkit/fonts)",
    )
    arguments = parser.parse_args()

    font = read_face(arguments.source)
    draw_cross(font)
    cut(font)
    drawn = set(font.getBestCmap())
    if missing := [sign for sign in NEEDED if ord(sign) not in drawn]:
        raise SystemExit(f"{arguments.source}: no glyph for {' '.join(missing)}")
    absent = (list_gb2312() | set(map(ord, NAMES))) - drawn
    print(f"{len(drawn)} characters; asked for and absent: {''.join(map(chr, absent)) or 'none'}")

    arguments.out.mkdir(parents=True, exist_ok=True)
    for flavour, suffix in ((None, ".otf"), ("woff2", ".woff2")):
        font.flavor = flavour
        path = arguments.out / f"{NAME}{suffix}"
        font.save(path)
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
