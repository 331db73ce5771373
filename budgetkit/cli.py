"""The command line: add, clean, check, report, compare, corpus and query, with the exit statuses 0, 1 and 2."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TextIO

from budgetkit import __version__
from budgetkit.controls import escape_json, show_line, show_page
from budgetkit.disclosure import Disclosure, read_disclosure
from budgetkit.errors import SourceError
from budgetkit.reconciliation import Reconciliation, check_disclosure

__all__ = ["main"]

CONSISTENT, INCONSISTENT, UNUSABLE = 0, 1, 2
STOPPED = 130  # what a shell says of a program that Ctrl-C ended

_SOURCE = "a disclosure's file, or the key of a document under data/raw"
_EPILOG = (
    "exit status: 0 nothing inconsistent, 1 inconsistencies found, "
    "2 input that cannot be used (one line on stderr says what, where and what to do)"
)


class _Parser(argparse.ArgumentParser):
    """A parser that shows the whole help with what was wrong."""

    def error(self, message: str) -> NoReturn:
        self.print_help(sys.stderr)
        self.exit(UNUSABLE, f"\n{self.prog}: {show_line(message)}\n")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As usual, but `words` may stand behind options too: query OUT --json QUESTION."""
        found, rest = super().parse_known_args(args, namespace)
        if hasattr(found, "words"):
            found.words = [*found.words, *(word for word in rest if not word.startswith("-"))]
            rest = [word for word in rest if word.startswith("-")]
        return found, rest


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit status: 0, 1 or 2 as in the help."""
    _write_utf8()
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else UNUSABLE
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        status = run(options)
        sys.stdout.flush()
    except SourceError as error:
        _complain(str(error))
        return UNUSABLE
    except BrokenPipeError:
        _close_quietly()
        return int(options.status)
    except KeyboardInterrupt:
        _complain("stopped")
        return STOPPED
    return status


def _write_utf8() -> None:
    """Chinese comes out readable whatever the locale: UTF-8 where the terminal says nothing.

    A stream that was closed before the start (`>&-`) is as good as one that nobody reads.
    """
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def _close_quietly() -> None:
    """The reader of our output went away (``| head``): nothing is left to say."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str) -> None:
    """Tells how far a long work is, in one line whatever a file is called, and goes on in silence
    where nobody can be told any more: the reader went away, or the log's disk is full."""
    try:
        print(show_line(line), flush=True)
    except OSError:
        _close_quietly()


def _complain(text: str) -> None:
    """One line on stderr; where even that cannot be written, the exit status has to do."""
    with contextlib.suppress(OSError):
        print(f"budgetkit: {show_line(text)}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C stops what is in it in good order, and so does the signal by which a service manager
    or a batch system ends a program. The second one ends it at once, as kill -9 would."""

    def at_once(*_: object) -> NoReturn:
        os._exit(STOPPED)

    def stop(*_: object) -> NoReturn:
        for number in before:
            signal.signal(number, at_once)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="budgetkit",
        description="Reads and checks Chinese departmental budget disclosures.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"budgetkit {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add_add(commands)
    _add_clean(commands)
    _add_check(commands)
    _add_report(commands)
    _add_compare(commands)
    _add_corpus(commands)
    _add_query(commands)
    return parser


def _add_add(commands: argparse._SubParsersAction[_Parser]) -> None:
    add = commands.add_parser(
        "add",
        help="put a new document under data/raw with its origin card",
        description="Copies the files of one disclosure to data/raw/<key>/, with an origin card "
        "made from what they say. Several files are read together, in the order of their names.",
        epilog=_EPILOG,
    )
    add.add_argument("files", metavar="FILE", nargs="+", help="PDF, Word, Excel, web page or text")
    add.add_argument("--key", metavar="KEY", help="ASCII; default: made from the file names")
    add.set_defaults(run=_add)


def _add_clean(commands: argparse._SubParsersAction[_Parser]) -> None:
    clean = commands.add_parser(
        "clean",
        help="write the clean data of one disclosure",
        description="Reads one disclosure and writes its clean data to OUT/<key>/.",
        epilog=_EPILOG,
    )
    clean.add_argument("source", metavar="SOURCE", help=_SOURCE)
    clean.add_argument("--out", metavar="OUT", default="data/clean", help="default: data/clean")
    clean.add_argument(
        "--xlsx",
        action="store_true",
        help="also as OUT/<key>/<key>.xlsx: the tables with totals as live formulas, the findings "
        "with links to their cells",
    )
    clean.set_defaults(run=_clean)


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    check = commands.add_parser(
        "check",
        help="reconcile one disclosure with itself",
        description="Reads and reconciles one disclosure; prints a summary and the findings.",
        epilog=_EPILOG,
    )
    check.add_argument("source", metavar="SOURCE", help=_SOURCE)
    check.add_argument("--json", action="store_true", help="one JSON object with everything")
    check.add_argument(
        "--all",
        action="store_true",
        help="also every check that does not plainly hold, and every unchecked number",
    )
    check.add_argument(
        "--language", choices=("en", "zh"), default="en", help="of the summary (default: en)"
    )
    check.set_defaults(run=_check)


def _add_report(commands: argparse._SubParsersAction[_Parser]) -> None:
    report = commands.add_parser(
        "report",
        help="run the notebooks and write the report on one disclosure",
        description="Runs the notebooks on one disclosure and writes OUT/<key>/index.html.",
        epilog=_EPILOG,
    )
    report.add_argument("source", metavar="SOURCE", help=_SOURCE)
    report.add_argument("--out", metavar="OUT", default="reports", help="default: reports")
    report.add_argument(
        "--language",
        choices=("en", "zh", "both"),
        default="en",
        help="of the pages; both: English, and Chinese in the folder zh (default: en)",
    )
    report.set_defaults(run=_report)


def _add_compare(commands: argparse._SubParsersAction[_Parser]) -> None:
    compare = commands.add_parser(
        "compare",
        help="set several disclosures side by side",
        description="Prints the totals of several disclosures side by side, in 万元, and what each "
        "implies of the year before beside what was published. One alone is set beside the year "
        "before that it implies.",
        epilog="exit status: 0 compared, 2 input that cannot be used",
    )
    compare.add_argument("sources", metavar="SOURCE", nargs="+", help=_SOURCE)
    compare.add_argument("--language", choices=("en", "zh"), default="en", help="default: en")
    compare.set_defaults(run=_compare)


def _add_corpus(commands: argparse._SubParsersAction[_Parser]) -> None:
    corpus = commands.add_parser(
        "corpus",
        help="read and check every disclosure of a folder tree, as Parquet data sets",
        description="Reads and checks every document of a folder tree, or of a list of addresses, "
        "and writes OUT: Parquet data sets (documents, numbers, claims, projects, standards, "
        "targets, totals, checks, findings, problems), summary.csv, findings.csv, index.html, and "
        "OUT/<key>/ with the clean data of each. A run that was stopped goes on with the same "
        "command; documents that are done and unchanged are not read again. FOLDER and OUT may be "
        "local paths or addresses that fsspec knows.",
        epilog="exit status: the worst of the documents' own: 0 nothing inconsistent, "
        "1 inconsistencies found, 2 a document (or the folder) that cannot be used; "
        "130 stopped with Ctrl-C",
    )
    corpus.add_argument(
        "folder",
        metavar="FOLDER",
        type=_address,
        help="a folder tree, or a list: .txt with an address a line, .csv with a column `file`",
    )
    corpus.add_argument(
        "--out", metavar="OUT", required=True, type=_address, help="where everything is written"
    )
    where = corpus.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        metavar="N",
        type=_positive,
        help="processes on this machine (default: one a processor)",
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        type=_address,
        help="a Dask scheduler whose workers do the work, as tcp://host:8786",
    )
    corpus.add_argument(
        "--seconds",
        metavar="S",
        type=_positive,
        default=300,
        help="time limit of one document (default: 300)",
    )
    corpus.add_argument(
        "--memory",
        metavar="MB",
        type=_positive,
        default=2000,
        help="memory limit of one document in megabytes, Java included (default: 2000)",
    )
    corpus.add_argument(
        "--together",
        action="store_true",
        help="the files of a folder that has no folders in it are one disclosure",
    )
    corpus.add_argument(
        "--no-clean",
        dest="clean",
        action="store_false",
        help="only the data sets, no clean data of each document",
    )
    corpus.add_argument("--reports", action="store_true", help="also write every report")
    corpus.add_argument("--again", action="store_true", help="read again what is already there")
    corpus.add_argument(
        "--quiet", action="store_true", help="for logs: failures, a line now and then, the summary"
    )
    corpus.set_defaults(run=_corpus)


def _add_query(commands: argparse._SubParsersAction[_Parser]) -> None:
    query = commands.add_parser(
        "query",
        help="ask the data sets of a corpus: questions on file, or SQL",
        description="Answers a question from the data sets that `budgetkit corpus` wrote to OUT. "
        "Without QUESTION it lists those there are, with their parameters and defaults. SQL is "
        "DuckDB's; every data set is a view of its name, and it reads only.",
        epilog="exit status: 0 answered, 2 a question or an OUT that cannot be used",
    )
    query.add_argument(
        "out", metavar="OUT", help="what `budgetkit corpus` wrote: folder or address"
    )
    query.add_argument(
        "words",
        metavar="QUESTION | NAME=VALUE",
        nargs="*",
        help="the id of a question; values of its parameters, or of $NAME in SQL",
    )
    query.add_argument("--sql", metavar="SQL", default="", help="instead of a question on file")
    form = query.add_mutually_exclusive_group()
    form.add_argument("--csv", metavar="FILE", default="", help="write CSV to FILE (-: print it)")
    form.add_argument("--json", action="store_true", help="one JSON object")
    query.add_argument("--language", choices=("en", "zh"), default="en", help="default: en")
    query.set_defaults(run=_query)


def _address(text: str) -> str:
    """An address of a command that starts processes: "" would be the working folder, and what lies
    in the memory of this one is nowhere else."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; give an address")
    if text.startswith("memory:"):
        raise argparse.ArgumentTypeError(f"{text}: no other process sees it; give a folder")
    return text


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more; give a whole number")
    return value


def _read(options: argparse.Namespace) -> tuple[Disclosure, Reconciliation]:
    """Reads and checks, and notes the exit status, which a closed pipe must not change."""
    disclosure = read_disclosure(options.source)
    reconciliation = check_disclosure(disclosure)
    options.status = INCONSISTENT if reconciliation.inconsistent else CONSISTENT
    return disclosure, reconciliation


def _add(options: argparse.Namespace) -> int:
    from budgetkit.intake import add_files

    options.status = CONSISTENT
    added = add_files(options.files, options.key)
    read = added.disclosure
    title = read.title if read.title != "unnamed" else "no title found"
    counts = f"{len(read.budget_tables)} tables, {len(read.ledger)} numbers"
    _say(f"{added.key}: {title}, {counts}")
    _say(f"in {added.folder}; next:")
    for command in ("check", "report"):
        print(f"  budgetkit {command} {added.key}")
    return CONSISTENT


def _clean(options: argparse.Namespace) -> int:
    from budgetkit.package import write_clean

    disclosure, reconciliation = _read(options)
    _say(str(write_clean(disclosure, reconciliation, options.out, workbook=options.xlsx)))
    return int(options.status)


def _check(options: argparse.Namespace) -> int:
    _, reconciliation = _read(options)
    if options.json:
        print(escape_json(json.dumps(reconciliation.to_dict(), ensure_ascii=False)))
        return int(options.status)
    from budgetkit.summary import summarise

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in summarise(reconciliation, options.language, colour, options.all):
        print(line)
    return int(options.status)


def _report(options: argparse.Namespace) -> int:
    """A report that was written is a success; what it found is said in its last line."""
    from budgetkit.report import write_report

    options.status = CONSISTENT
    languages = ("en", "zh") if options.language == "both" else (options.language,)
    write_report(options.source, options.out, _say, languages=languages)
    return CONSISTENT


def _compare(options: argparse.Namespace) -> int:
    from budgetkit.compare import compare_documents, summarise_comparison
    from budgetkit.language import in_language

    options.status = CONSISTENT
    with in_language(options.language):
        for line in summarise_comparison(compare_documents(options.sources)):
            _say(line)
    return CONSISTENT


def _corpus(options: argparse.Namespace) -> int:
    """The worst status of all documents: a folder is as good as each of them."""
    from budgetkit.corpus import Limits, write_corpus
    from budgetkit.corpus.progress import summarise_run

    options.status = UNUSABLE
    try:
        with _stoppable():
            run = write_corpus(
                options.folder,
                options.out,
                workers=options.workers,
                scheduler=options.scheduler or "",
                limits=Limits(options.seconds, options.memory),
                together=options.together,
                clean=options.clean,
                reports=options.reports,
                again=options.again,
                quiet=options.quiet,
                progress=_say,
            )
    except KeyboardInterrupt:
        _complain("stopped; the same command goes on where it was")
        return STOPPED
    for line in summarise_run(run.results, run.fresh, run.seconds):
        _say(line)
    _say(f"open {os.path.join(options.out, 'index.html')}")
    for result in run.failed:
        _complain(f"{result.key}: {result.reason}")
    return UNUSABLE if run.failed else INCONSISTENT if run.inconsistent else CONSISTENT


def _query(options: argparse.Namespace) -> int:
    """Lists the questions, or answers one."""
    import shutil

    from budgetkit.corpus.answers import csv_of, json_of, lines_of, list_questions
    from budgetkit.corpus.query import ask, open_corpus, parse_values
    from budgetkit.corpus.store import Store
    from budgetkit.language import in_language

    options.status = CONSISTENT
    question, values = parse_values(options.words)
    if question and options.sql:
        raise SourceError(f"{question}: give a question or --sql, not both")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    with in_language(options.language):
        if not question and not options.sql:
            with open_corpus(options.out):  # a name that is no corpus is told at once
                pass
            for line in list_questions():
                _say(line)
            return CONSISTENT
        answer = ask(options.out, question, values, sql=options.sql)
        if options.csv and options.csv != "-":
            folder, name = os.path.split(options.csv)
            Store(folder or ".").write(name, csv_of(answer).encode("utf-8", "replace"))
        elif options.csv:
            text = csv_of(answer)
            print(show_page(text) if sys.stdout.isatty() else text, end="")
        elif options.json:
            print(escape_json(json_of(answer)))
        else:
            for line in lines_of(answer, width):
                _say(line)
    return CONSISTENT
