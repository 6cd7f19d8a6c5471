"""The ladder by hand: who is told what and when, on the wall clock of Berlin."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from workbench.escalation.ladder import MAX_TOLD, Climbed, Concern, Past, next_message, quiet_until
from workbench.escalation.letter import body, plain, subject
from workbench.escalation.settings import EscalationSettings

BERLIN = ZoneInfo("Europe/Berlin")
SETTINGS = EscalationSettings(mail="me@example.com")
WAY = "mail:production"
NOTHING = Past(climbed={})


def at(text):
    """An instant by Berlin's clock; the later of two where the clock is set back, for '… again'."""
    wall = text.removesuffix(" again")
    return (
        datetime.fromisoformat(f"2026-{wall}")
        .replace(tzinfo=BERLIN, fold=int(text.endswith("again")))
        .astimezone(UTC)
    )


def concern(name="1", **more):
    told = {
        "kind": "blocked",
        "about": f"task/{name}",
        "occurrence": "h",
        "summary": "stuck",
        "since": at("11-02 09:00"),
    }
    return Concern(**{**told, **more})


def told(*concerns, now, past=NOTHING, settings=SETTINGS):
    message = next_message(concerns, past, settings, way=WAY, now=at(now), zone=BERLIN)
    return message and (message.rung, [each.about for each in message.concerns])


def past(each, **more):
    climbed = {name: more.pop(name) for name in ("digest", "urgent") if name in more}
    return Past(climbed={each.stream(WAY): Climbed(version=len(climbed), **climbed)}, **more)


def test_a_thing_that_waits_is_in_the_next_morning_s_digest_and_not_before():
    stuck = concern()

    assert told(stuck, now="11-02 07:59") is None
    assert told(stuck, now="11-03 08:00") == ("digest", ["task/1"])


def test_it_is_in_one_digest_only():
    stuck = concern()

    assert told(stuck, now="11-03 08:00", past=past(stuck, digest=True, digest_day=date(2026, 11, 2))) is None


def test_there_is_one_digest_a_day():
    assert told(concern(), now="11-02 12:00", past=Past(climbed={}, digest_day=date(2026, 11, 2))) is None


def test_what_waits_too_long_is_urgent_after_its_digest_and_once():
    stuck = concern()
    after_digest = past(stuck, digest=True, digest_day=date(2026, 11, 3))

    assert told(stuck, now="11-04 08:59", past=after_digest) is None
    assert told(stuck, now="11-04 09:00", past=after_digest) == ("urgent", ["task/1"])
    assert told(stuck, now="11-08 09:00", past=past(stuck, digest=True, urgent=True)) is None


@pytest.mark.parametrize(
    ("money", "rung"),
    [
        ({"at_stake": Decimal("-1000")}, "urgent"),
        ({"at_stake": Decimal("999.99")}, "digest"),
        ({"amount": Decimal(1), "currency": "XAF"}, "urgent"),
    ],
)
def test_much_money_is_urgent_at_once_and_so_is_money_whose_worth_nobody_knows(money, rung):
    assert told(concern(**money), now="11-02 09:01") == (rung, ["task/1"])


def test_what_expires_is_urgent_a_while_before():
    row = concern(kind="expiring", expires_at=at("11-03 15:00"), since=at("11-02 20:00"))
    after = past(row, digest=True, digest_day=date(2026, 11, 3))

    assert told(row, now="11-03 11:59", past=after) is None
    assert told(row, now="11-03 12:00", past=after) == ("urgent", ["task/1"])


def test_what_expires_in_the_night_is_urgent_the_evening_before():
    row = concern(kind="expiring", expires_at=at("11-03 02:00"))

    assert told(row, now="11-02 16:59", past=past(row, digest=True)) is None
    assert told(row, now="11-02 17:00", past=past(row, digest=True)) == ("urgent", ["task/1"])


def test_nothing_is_told_in_quiet_hours_and_all_of_it_after_them():
    dear = concern(at_stake=Decimal(5000), since=at("11-02 21:00"))

    assert [told(dear, now=now) for now in ("11-02 20:00", "11-03 00:00", "11-03 06:59")] == [None] * 3
    assert told(dear, now="11-03 07:00") == ("urgent", ["task/1"])


def test_a_storm_is_one_message_in_half_an_hour():
    dear = concern(at_stake=Decimal(5000))

    assert told(dear, now="11-02 12:00", past=Past(climbed={}, urgent_at=at("11-02 11:31"))) is None
    assert told(dear, now="11-02 12:01", past=Past(climbed={}, urgent_at=at("11-02 11:31"))) is not None


def test_a_long_list_is_cut_and_the_rest_climbs_later():
    many = [concern(str(number)) for number in range(MAX_TOLD + 5)]

    message = next_message(many, NOTHING, SETTINGS, way=WAY, now=at("11-03 08:00"), zone=BERLIN)

    assert (len(message.concerns), message.more) == (MAX_TOLD, 5)


def quiet(text, **hours):
    until = quiet_until(EscalationSettings(mail="me@example.com", **hours), at(text), BERLIN)
    return until and f"{until.astimezone(BERLIN):%m-%d %H:%M %Z}"


def test_the_night_in_which_the_clock_is_set_forward_ends_by_the_wall_clock():
    assert quiet("03-28 20:00") == "03-29 07:00 CEST"
    assert quiet("03-29 06:59") == "03-29 07:00 CEST"
    assert quiet("03-29 07:00") is None
    assert at("03-29 07:00") - at("03-28 20:00") == timedelta(hours=10)


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_once():
    hours = {"quiet_from": "22:00", "quiet_to": "02:30"}

    assert quiet("10-25 02:29", **hours) == "10-25 02:30 CEST"
    assert quiet("10-25 02:30", **hours) is None
    assert quiet("10-25 02:15 again", **hours) is None


def test_the_digest_comes_at_its_hour_on_the_day_the_clock_is_set_back():
    stuck = concern(since=at("10-24 21:00"))

    assert told(stuck, now="10-25 07:59") is None
    assert told(stuck, now="10-25 08:00") == ("digest", ["task/1"])


def test_quiet_hours_within_a_day_and_none_at_all():
    assert quiet("11-02 13:00", quiet_from="12:00", quiet_to="14:00") == "11-02 14:00 CET"
    assert quiet("11-02 03:00", quiet_from="12:00", quiet_to="14:00") is None
    assert quiet("11-02 03:00", quiet_from="00:00", quiet_to="00:00") is None


def test_a_message_says_what_and_where_and_nothing_that_can_be_clicked():
    row = concern(
        summary="Pay <b>now</b> at https://evil.example/?token=1\nor www.evil.example",
        at_stake=Decimal("-12.5"),
    )

    text = body([row], more=3, base="EUR", zone=BERLIN)

    assert (
        "Stuck since 02 Nov, 09:00 · 12.50 EUR at stake\nPay <b>now</b> at (link left out) or (link left out)"
        in text
    )
    assert "decide: workbench queue show 1" in text
    assert "And 3 more: workbench queue list" in text
    assert "://" not in text
    assert subject("Acme\r\nBcc: x", 1, "urgent") == "Urgent: 1 thing needs you at Acme Bcc: x"


def test_a_long_summary_is_cut():
    assert len(plain("x" * 5_000)) == 200


@pytest.mark.parametrize(
    "said",
    [
        {"mail": "nobody"},
        {"webhook": "http://example.com/x"},
        {"webhook": "https://u:p@example.com/x"},
        {"webhook": "https://{secret}.example.com/x"},
        {"webhook": "file:///etc/passwd"},
        {"mail": "me@example.com", "webhook": "https://example.com/x"},
        {"mail": "me@example.com", "quiet_from": "25:00"},
        {"mail": "me@example.com", "digest_at": "08:00Z"},
    ],
)
def test_settings_that_say_something_impossible_are_refused(said):
    with pytest.raises(ValidationError):
        EscalationSettings(**said)


def test_without_a_channel_it_is_off():
    assert EscalationSettings().channel is None
