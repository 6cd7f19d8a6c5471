"""Files that hold what goes are found in every spelling and through zips; the others stay."""

import os
import zipfile

from workbench.erasure.holding import holdings, still_holding


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_files_are_looked_into_in_every_spelling_and_through_zips(tmp_path, monkeypatch):
    name = "Änne & Söhne"
    put(tmp_path / "raw/utf-8", name.encode())
    put(tmp_path / "raw/latin-1", name.upper().encode("latin-1"))
    put(tmp_path / "raw/utf-16", b"x" + name.encode("utf-16-le"))
    put(tmp_path / "raw/xml", name.replace("&", "&amp;").encode())
    put(tmp_path / "exports/json", b'"\\u00c4nne & S\\u00f6hne"')
    put(tmp_path / "raw/other", b"Anne und Sohn")
    put(tmp_path / "exports/all.parquet", b"packed")
    put(tmp_path / "own/all.parquet", b"packed")
    put(tmp_path / "exports/ids", b'{"event_id":"0123456789abcdef0123456789"}')
    put(tmp_path / "raw/ids", b"0123456789abcdef0123456789")
    put(tmp_path / ("raw/" + "a" * 64), b"as it came")
    put(tmp_path / ".hidden", name.encode())
    with zipfile.ZipFile(tmp_path / "raw" / "zip0", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", name)
    with zipfile.ZipFile(tmp_path / "raw" / "zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "raw" / "zip0")
    (tmp_path / "link").symlink_to(tmp_path / "raw" / "utf-8")
    os.mkfifo(tmp_path / "raw" / "pipe")
    monkeypatch.setattr("workbench.erasure.holding.PIECE_BYTES", 5)
    found = holdings(tmp_path, words=[name], ids=["note/0123456789abcdef0123456789"], digests=["a" * 64])
    assert [each.path for each in found] == [
        ".hidden",
        "exports/all.parquet",
        "exports/ids",
        "exports/json",
        "raw/" + "a" * 64,
        "raw/latin-1",
        "raw/utf-16",
        "raw/utf-8",
        "raw/xml",
        "raw/zip",
        "raw/zip0",
    ]


def test_journal_and_what_is_left_are_looked_through_afterwards(tmp_path):
    put(tmp_path / "journal/000000000001.jsonl", b'{"text":"ANNA VOGELSANG"}')
    put(tmp_path / "sheets/a.txt", b"Anna Vogelsang lives here")
    put(tmp_path / "sheets/b.txt", b"b")
    put(tmp_path / "company.duckdb", b"Anna Vogelsang")
    assert still_holding(tmp_path, ["Anna Vogelsang"]) == ["journal/000000000001.jsonl", "sheets/a.txt"]
    assert still_holding(tmp_path, ["somebody else"]) == []
