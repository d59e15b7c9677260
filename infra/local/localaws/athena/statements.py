"""What kind of statement a text is, and its parts; queries inside it are left as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from localaws.athena.failures import not_supported, syntax_error

StatementType = Literal["DDL", "DML", "UTILITY"]
_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|[\w$-]+)'
_TABLE = rf"(?P<table>{_NAME}(?:\s*\.\s*{_NAME}){{0,2}})"
_COMMENT = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(?P<comment>--[^\n]*|/\*.*?\*/)", re.DOTALL
)

# (kind, Athena's StatementType and SubstatementType, pattern). The first that fits.
_KINDS: list[tuple[str, StatementType, str, str]] = [
    ("unload", "DML", "UNLOAD", r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']+)'"
     r"\s*WITH\s*\((?P<options>.*)\)\s*$"),
    ("ctas", "DDL", "CREATE_TABLE_AS_SELECT",
     rf"CREATE\s+TABLE\s+(?P<unless>IF\s+NOT\s+EXISTS\s+)?{_TABLE}\s*"
     r"(?:COMMENT\s+'(?P<comment>[^']*)'\s*)?(?:WITH\s*\((?P<options>.*?)\)\s*)?"
     r"AS\s+(?P<query>\(?\s*(?:SELECT|WITH|VALUES|TABLE)\b.*?)(?P<no_data>\s+WITH\s+NO\s+DATA)?\s*$"),
    ("create_view", "DDL", "CREATE_VIEW",
     rf"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?VIEW\s+{_TABLE}\s+AS\s+(?P<query>.+)$"),
    ("create_table", "DDL", "CREATE_TABLE", r"CREATE\s+(?:EXTERNAL\s+)?TABLE\s+(?P<rest>.+)$"),
    ("create_database", "DDL", "CREATE_DATABASE",
     rf"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<unless>IF\s+NOT\s+EXISTS\s+)?(?P<database>{_NAME})"
     r"(?:\s+COMMENT\s+'(?P<comment>[^']*)')?(?:\s+LOCATION\s+'(?P<location>[^']*)')?\s*$"),
    ("drop_database", "DDL", "DROP_DATABASE",
     rf"DROP\s+(?:DATABASE|SCHEMA)\s+(?P<if_exists>IF\s+EXISTS\s+)?(?P<database>{_NAME})"
     r"\s*(?P<cascade>CASCADE)?(?:RESTRICT)?\s*$"),
    ("drop_view", "DDL", "DROP_VIEW",
     rf"DROP\s+VIEW\s+(?P<if_exists>IF\s+EXISTS\s+)?{_TABLE}\s*$"),
    ("drop_table", "DDL", "DROP_TABLE",
     rf"DROP\s+TABLE\s+(?P<if_exists>IF\s+EXISTS\s+)?{_TABLE}\s*$"),
    ("repair", "DDL", "MSCK_REPAIR_TABLE", rf"MSCK\s+REPAIR\s+TABLE\s+{_TABLE}\s*$"),
    ("add_partition", "DDL", "ALTER_TABLE_ADD_PARTITION",
     rf"ALTER\s+TABLE\s+{_TABLE}\s+ADD\s+(?P<unless>IF\s+NOT\s+EXISTS\s+)?(?P<partitions>PARTITION\b.+)$"),
    ("drop_partition", "DDL", "ALTER_TABLE_DROP_PARTITION",
     rf"ALTER\s+TABLE\s+{_TABLE}\s+DROP\s+(?P<if_exists>IF\s+EXISTS\s+)?(?P<partitions>PARTITION\b.+)$"),
    ("insert", "DML", "INSERT",
     rf"INSERT\s+INTO\s+{_TABLE}\s*(?:\((?P<columns>[^()]*)\)\s*)?(?P<query>\(?\s*(?:SELECT|WITH|VALUES|TABLE)\b.+)$"),
    ("show_databases", "UTILITY", "SHOW_DATABASES",
     r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'(?P<like>[^']*)')?\s*$"),
    ("show_tables", "UTILITY", "SHOW_TABLES",
     rf"SHOW\s+TABLES(?:\s+IN\s+(?P<database>{_NAME}))?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?\s*$"),
    ("show_views", "UTILITY", "SHOW_VIEWS",
     rf"SHOW\s+VIEWS(?:\s+IN\s+(?P<database>{_NAME}))?(?:\s+LIKE\s+'(?P<like>[^']*)')?\s*$"),
    ("show_partitions", "UTILITY", "SHOW_PARTITIONS", rf"SHOW\s+PARTITIONS\s+{_TABLE}\s*$"),
    ("show_columns", "UTILITY", "SHOW_COLUMNS",
     rf"SHOW\s+COLUMNS\s+(?:FROM|IN)\s+{_TABLE}(?:\s+(?:FROM|IN)\s+(?P<database>{_NAME}))?\s*$"),
    ("show_create_table", "UTILITY", "SHOW_CREATE_TABLE", rf"SHOW\s+CREATE\s+TABLE\s+{_TABLE}\s*$"),
    ("show_create_view", "UTILITY", "SHOW_CREATE_VIEW", rf"SHOW\s+CREATE\s+VIEW\s+{_TABLE}\s*$"),
    ("show_properties", "UTILITY", "SHOW_TBLPROPERTIES",
     rf"SHOW\s+TBLPROPERTIES\s+{_TABLE}\s*$"),
    ("describe", "UTILITY", "DESCRIBE_TABLE",
     rf"(?:DESCRIBE|DESC)\s+(?:EXTENDED\s+|FORMATTED\s+)?{_TABLE}\s*$"),
    ("explain", "UTILITY", "EXPLAIN", r"EXPLAIN\s+(?!ANALYZE\b)(?:\([^)]*\)\s*)?(?P<query>.+)$"),
    ("prepare", "DDL", "PREPARE", rf"PREPARE\s+(?P<name>{_NAME})\s+FROM\s+(?P<query>.+)$"),
    ("execute", "DML", "EXECUTE",
     rf"EXECUTE\s+(?P<name>{_NAME})(?:\s+USING\s+(?P<values>.+))?\s*$"),
    ("deallocate", "DDL", "DEALLOCATE_PREPARE",
     rf"DEALLOCATE\s+PREPARE\s+(?P<name>{_NAME})\s*$"),
    ("query", "DML", "SELECT", r"(?P<query>\(*\s*(?:SELECT|WITH|VALUES|TABLE)\b.*)$"),
]  # fmt: skip
_PATTERNS = [
    (kind, type_, sub, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for kind, type_, sub, pattern in _KINDS
]
_REFUSED = (
    "MERGE", "DELETE", "UPDATE", "OPTIMIZE", "VACUUM", "ALTER TABLE", "ALTER DATABASE",
    "ALTER VIEW", "EXPLAIN ANALYZE", "GRANT", "REVOKE", "TRUNCATE", "CALL", "SHOW", "SET", "USE",
    "ANALYZE", "CREATE FUNCTION", "USING", "ALTER",
)  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """One statement; `parts` are what its kind's grammar names."""

    kind: str
    type: StatementType
    subtype: str
    text: str
    parts: dict[str, str | None] = field(default_factory=dict)

    def part(self, name: str) -> str:
        return self.parts.get(name) or ""

    @property
    def names(self) -> list[str]:
        """The table's name by its parts, unquoted and in lower case."""
        return split_name(self.part("table"))

    @property
    def leaves_text(self) -> bool:
        """Whether its result file is .txt, as that of all but queries is."""
        return self.kind not in ("query", "execute", "unload", "ctas", "insert", "explain")


def classify(text: str) -> Statement:
    """The statement in `text`; what Athena knows and this does not is NOT_SUPPORTED."""
    bare = without_comments(text).strip()
    while bare.endswith(";"):
        bare = bare[:-1].rstrip()
    if not bare:
        raise syntax_error("mismatched input '<EOF>'")
    for kind, type_, subtype, pattern in _PATTERNS:
        if found := pattern.match(bare):
            return Statement(kind, type_, subtype, bare, found.groupdict())
    for refused in _REFUSED:
        if re.match(refused.replace(" ", r"\s+") + r"\b", bare, re.IGNORECASE):
            raise not_supported(f"{refused} statements ({bare[:60]})")
    word = bare.split(maxsplit=1)[0]
    raise syntax_error(f"mismatched input '{word}'. Expecting: a statement")


def statement_type(text: str) -> tuple[str, str]:
    """StatementType and SubstatementType as GetQueryExecution shows them, for any text."""
    bare = without_comments(text).strip()
    for _, type_, subtype, pattern in _PATTERNS:
        if pattern.match(bare.rstrip("; \n")):
            return type_, subtype
    is_ddl = re.match(r"(?:CREATE|DROP|ALTER|MSCK)\b", bare, re.IGNORECASE)
    return ("DDL" if is_ddl else "DML"), ""


def without_comments(text: str) -> str:
    """The text with each comment blanked, so that places in it stay where they are."""

    def blank(found: re.Match[str]) -> str:
        if found["comment"] is None:
            return found[0]
        return re.sub(r"[^\n]", " ", found[0])

    return _COMMENT.sub(blank, text)


def split_name(name: str) -> list[str]:
    """`"db".t` as ["db", "t"]."""
    found = re.findall(r'"((?:[^"]|"")+)"|`([^`]+)`|([\w$-]+)', name)
    return [(a.replace('""', '"') or b or c).lower() for a, b, c in found]


def options_of(text: str) -> dict[str, str | list[str]]:
    """`format = 'PARQUET', partitioned_by = ARRAY['a']` as a dictionary."""
    found: dict[str, str | list[str]] = {}
    pattern = re.compile(
        r"\s*(?P<name>\w+)\s*=\s*(?:'(?P<text>(?:[^']|'')*)'|ARRAY\s*\[(?P<list>[^\]]*)\]"
        r"|(?P<bare>[\w.]+))\s*(?:,|$)",
        re.IGNORECASE | re.DOTALL,
    )
    position = 0
    while text[position:].strip():
        one = pattern.match(text, position)
        if one is None:
            raise syntax_error(f"mismatched input '{text[position:].strip()[:40]}'")
        name = one["name"].lower()
        if one["list"] is not None:
            found[name] = re.findall(r"'([^']*)'", one["list"])
        else:
            found[name] = (one["text"] if one["text"] is not None else one["bare"]).replace(
                "''", "'"
            )
        position = one.end()
    return found
