"""A thousand ways to tamper with what happened: in the database, in the journal, in both; `verify` names each."""

import json
import random
import zlib
from collections import Counter

import duckdb
import msgspec
import pytest
from log_examples import append, note, opened

from opc_kernel.log.chain import chain_hash, data_hash, envelope
from opc_kernel.log.lines import Commit, decode_commit, decode_event, encode_commit, encode_events
from opc_kernel.log.verify import verify_folder

DATABASE = "company.duckdb"
QUICK_SEED = 20261102
SOAK_TAMPERINGS = 1_000
EVENTS = 40
PLACES = ("database", "journal", "both")
KINDS = ("change data", "change actor", "change place", "delete", "insert", "swap", "erase", "cut the end")
ERASED_ALIKE = ("both", "erase")
"""What an erasure will leave behind: the event that records it will tell it from tampering."""
WAYS = [(place, kind) for place in PLACES for kind in KINDS if (place, kind) != ERASED_ALIKE]


class Tampered:
    """A company of forty events, whole in memory; each try writes it out, tampers with it and verifies it."""

    def __init__(self, folder, chance):
        self.folder, self.chance, self.happened = folder, chance, Counter()
        with opened(folder) as log:
            for start in range(0, EVENTS, 4):
                append(
                    log,
                    *(note(f"s{n % 3}", f"said {n}", event_id=f"id-{n}") for n in range(start, start + 4)),
                )
            self.head = log.tail.chain_hash
        self.segment = next((folder / "journal").iterdir())
        self.lines = self.segment.read_bytes().splitlines(keepends=True)
        self.database = (folder / DATABASE).read_bytes()

    def tamper(self, place, kind):
        """Tamper somewhere and return what `verify` found."""
        at = self.chance.randint(2, EVENTS - 1)
        lines = self.lines if place == "database" else summed_anew(self._lines(kind, at))
        self.segment.write_bytes(b"".join(lines))
        (self.folder / DATABASE).write_bytes(self.database)
        if place != "journal":
            with duckdb.connect(str(self.folder / DATABASE)) as connection:
                connection.execute(self._statement(kind, at))
        self.happened[place, kind] += 1
        verified = verify_folder(self.folder)
        assert verified.findings or (verified.head, verified.events) != (self.head, EVENTS), (
            f"{kind} at {at} in {place} was not seen"
        )
        if kind in {"change data", "change actor", "delete", "erase"}:
            assert at in {finding.position for finding in verified.findings}, f"{kind} at {at} in {place}"
        return verified

    def _lines(self, kind, at):
        lines = list(self.lines)
        (index,) = (n for n, line in enumerate(lines) if line.startswith(b'{"position":%d,' % at))
        match kind:
            case "change data":
                lines[index] = lines[index].replace(b'"said ', b'"paid ')
            case "change actor":
                lines[index] = lines[index].replace(b'"actor":"me"', b'"actor":"he"')
            case "change place":
                lines[index] = lines[index].replace(
                    b'{"position":%d,' % at, b'{"position":%d,' % (EVENTS + 7)
                )
            case "delete":
                del lines[index]
            case "insert":
                lines.insert(index, lines[index].replace(b'"id-', b'"forged-'))
            case "swap":
                other = next(n for n in (index + 1, index - 1) if b'"position"' in lines[n][:12])
                lines[index], lines[other] = lines[other], lines[index]
            case "erase":
                event = decode_event(lines[index])
                erased = msgspec.structs.replace(event, salt=None, data=msgspec.Raw(b"null"))
                lines[index] = encode_events([erased])
            case "cut the end":
                lines = lines[:index]
        assert lines != self.lines
        return lines

    def _statement(self, kind, at):
        return {
            "change data": f"UPDATE event SET data = replace(data::VARCHAR, 'said', 'paid') WHERE position = {at}",
            "change actor": f"UPDATE event SET actor = 'he' WHERE position = {at}",
            "change place": f"UPDATE event SET position = {EVENTS + 7} WHERE position = {at}",
            "delete": f"DELETE FROM event WHERE position = {at}",
            "insert": "INSERT INTO event SELECT * REPLACE ('forged' AS event_id) "
            f"FROM event WHERE position = {at}",
            "swap": f"UPDATE event SET position = 2 * {at} + 1 - position WHERE position IN ({at}, {at + 1})",
            "erase": f"UPDATE event SET salt = NULL, data = NULL WHERE position = {at}",
            "cut the end": f"DELETE FROM event WHERE position >= {at}",
        }[kind]


def test_every_way_of_tampering_is_seen(fast_path):
    tampered = Tampered(fast_path / "acme", random.Random(QUICK_SEED))
    for place, kind in WAYS:
        tampered.tamper(place, kind)


@pytest.mark.soak
def test_d11_a_thousand_tamperings_are_seen(fast_path, told, fresh_seed):
    tampered = Tampered(fast_path / "acme", random.Random(fresh_seed))
    for number in range(SOAK_TAMPERINGS):
        tampered.tamper(*WAYS[number % len(WAYS)])
    told(f"{sum(tampered.happened.values())} tamperings in {len(tampered.happened)} ways, all seen")
    assert len(tampered.happened) == len(WAYS)


def test_a_forger_who_makes_every_later_hash_anew_is_betrayed_by_the_head_kept_elsewhere(fast_path):
    tampered = Tampered(fast_path / "acme", random.Random(QUICK_SEED))
    tampered.segment.write_bytes(forged(tampered.lines, at=20))
    (tampered.folder / DATABASE).unlink()
    with opened(tampered.folder) as log:
        verified = log.verify()
    assert verified.findings == ()
    assert verified.head != tampered.head


def summed_anew(lines):
    """Return the lines with every commit made to fit: checksums are no secret."""
    record, told = b"", []
    for line in lines:
        commit = decode_commit(line)
        if commit is not None:
            line = encode_commit(msgspec.structs.replace(commit, bytes=len(record), crc32=zlib.crc32(record)))  # noqa: PLW2901 - the line as it is told
        record = record + line if line.startswith(b'{"position"') else b""
        told.append(line)
    return told


def forged(lines, at):
    """Return the journal with other words at a position, and every hash from there on in order."""
    previous, record, told = "", [], []
    for line in lines:
        event = decode_event(line)
        if event is not None:
            event = _retold(event, previous, b'{"text":"never said"}' if event.position == at else None)
            previous, record = event.chain_hash, [*record, event]
        elif record:
            written = encode_events(record)
            commit = Commit(commit=record[-1].position, bytes=len(written), crc32=zlib.crc32(written))
            told += [written, encode_commit(commit)]
            record = []
        else:
            told.append(line)
            previous = json.loads(line)["previous"]
    return b"".join(told)


def _retold(event, previous, data):
    if data is not None:
        event = msgspec.structs.replace(event, data=msgspec.Raw(data), data_hash=data_hash(event.salt, data))
    return msgspec.structs.replace(event, chain_hash=chain_hash(previous, envelope(event)))
