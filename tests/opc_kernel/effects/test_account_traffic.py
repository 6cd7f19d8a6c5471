"""Traffic: when a connector may be called, how long is waited, and that at most one call tries a broken one."""

import threading
from datetime import timedelta

import pytest
from line import Line

from opc_kernel.effects.breaker import Policy
from opc_kernel.effects.connector import NotDone, Sent, Unclear
from opc_kernel.effects.traffic import Wait

FAILED = NotDone(reason="connection refused")
SENT = Sent(reference="1")
MAIL = Line()


def fail(exchange, times=5, acted=FAILED, line=MAIL):
    for _ in range(times):
        assert exchange.traffic.admit(line) is None
        exchange.traffic.told(line, acted)


def test_a_connector_that_works_leaves_no_event(exchange):
    for _ in range(3):
        assert exchange.traffic.admit(MAIL) is None
        exchange.traffic.told(MAIL, SENT)

    assert exchange.types(MAIL) == []


@pytest.mark.parametrize("acted", [FAILED, Unclear(reason="the answer was lost")])
def test_five_failures_in_a_row_open_the_breaker(exchange, acted):
    fail(exchange, acted=acted)

    assert exchange.traffic.admit(MAIL) == Wait(
        reason=f"it failed 5 times: {acted.reason}", after=timedelta(seconds=30)
    )
    assert exchange.types(MAIL) == [*["call_failed"] * 5, "breaker_opened"]


def test_a_success_between_failures_starts_the_count_anew(exchange):
    fail(exchange, 4)
    fail(exchange, 1, SENT)
    fail(exchange, 4)

    assert exchange.state(MAIL) == ("closed", 4)
    assert exchange.traffic.admit(MAIL) is None


def test_what_is_refused_for_its_content_says_nothing_about_the_account(exchange):
    fail(exchange, 4)
    fail(exchange, 10, NotDone(reason="no such recipient", lasting=True))

    assert exchange.state(MAIL) == ("closed", 4)


def test_another_account_and_another_connector_go_on(exchange):
    fail(exchange)

    assert exchange.traffic.admit(Line(account="you@example.com")) is None
    assert exchange.traffic.admit(Line(name="site")) is None


def test_another_worker_sees_the_same_breaker(exchange):
    fail(exchange)

    assert isinstance(exchange.another().admit(MAIL), Wait)


def test_one_probe_passes_when_the_time_is_over_and_its_success_closes_the_breaker(exchange):
    fail(exchange)
    exchange.clock.move(seconds=30)

    assert exchange.traffic.admit(MAIL) is None
    assert isinstance(exchange.another().admit(MAIL), Wait)
    exchange.traffic.told(MAIL, SENT)

    assert exchange.state(MAIL) == ("closed", 0)
    assert exchange.types(MAIL)[-2:] == ["breaker_half_opened", "breaker_closed"]


def test_each_failed_probe_doubles_the_time_up_to_a_bound(exchange):
    fail(exchange)
    waits = []
    for _ in range(8):
        waits.append(exchange.traffic.admit(MAIL).after)
        exchange.clock.move(seconds=waits[-1].total_seconds())
        fail(exchange, 1)

    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_probe_that_never_tells_is_given_up_and_another_passes(exchange):
    fail(exchange)
    exchange.clock.move(seconds=30)
    exchange.another().admit(MAIL)
    exchange.clock.move(minutes=5)

    assert exchange.traffic.admit(MAIL) is None


def test_a_latecomer_who_was_admitted_before_neither_closes_nor_opens_anything(exchange):
    early = exchange.another()
    assert early.admit(MAIL) is None
    fail(exchange)
    exchange.clock.move(seconds=30)
    assert exchange.traffic.admit(MAIL) is None

    early.told(MAIL, SENT)

    assert exchange.state(MAIL)[0] == "half-open"


def test_of_eight_threads_of_two_workers_one_is_the_probe(exchange):
    fail(exchange)
    exchange.clock.move(seconds=30)
    workers, gate, passed = (exchange.traffic, exchange.another()), threading.Barrier(8), []

    def knock(number):
        gate.wait()
        if workers[number % 2].admit(MAIL) is None:
            passed.append(number)

    threads = [threading.Thread(target=knock, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 1
    assert exchange.types(MAIL).count("breaker_half_opened") == 1


def test_failures_of_many_threads_are_all_counted(exchange):
    gate = threading.Barrier(4)

    def call():
        exchange.traffic.admit(MAIL)
        gate.wait()
        exchange.traffic.told(MAIL, FAILED)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert exchange.state(MAIL) == ("closed", 4)


def test_who_asked_to_be_left_alone_is_by_every_effect(exchange):
    fail(exchange, 1, NotDone(reason="429", after=timedelta(seconds=90)))
    exchange.clock.move(seconds=89)

    assert exchange.another().admit(MAIL).after == timedelta(seconds=1)
    exchange.clock.move(seconds=1)
    assert exchange.another().admit(MAIL) is None


def test_a_provider_that_wants_ten_years_holds_its_account_for_a_day_and_asks_a_person(exchange):
    ten_years = timedelta(days=3650)
    fail(exchange, 1, NotDone(reason="429", after=ten_years))

    assert exchange.traffic.admit(MAIL).after == timedelta(days=1)
    assert exchange.traffic.pause(MAIL, 1, ten_years) is None


def test_a_pause_is_jitter_under_a_doubling_bound_and_ends_with_a_person(exchange):
    bounds = [5, 10, 20, 40]
    for attempt, bound in enumerate(bounds, start=1):
        pauses = [exchange.traffic.pause(MAIL, attempt, None).total_seconds() for _ in range(200)]
        assert 0 <= min(pauses) < bound / 4
        assert bound * 3 / 4 < max(pauses) <= bound

    assert exchange.traffic.pause(MAIL, 5, None) is None


def test_a_pause_never_undershoots_what_the_provider_said(exchange):
    after = timedelta(seconds=7)

    assert all(exchange.traffic.pause(MAIL, 1, after) >= after for _ in range(500))


def test_calls_beyond_the_minutes_quota_wait_until_there_is_room(exchange):
    exchange.policies = {"mail": Policy(calls_per_minute=3)}
    traffic = exchange.another()
    assert [traffic.admit(MAIL) for _ in range(3)] == [None] * 3

    wait = traffic.admit(MAIL)
    exchange.clock.move(seconds=wait.after.total_seconds())

    assert timedelta(seconds=59) < wait.after < timedelta(seconds=61)
    assert traffic.admit(MAIL) is None
