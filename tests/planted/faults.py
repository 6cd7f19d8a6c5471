"""Planted faults: one line of the product made wrong, and the named test that must see it."""

from __future__ import annotations

from dataclasses import dataclass

FLOW = "tests/opc_kernel/flow"
LOG = "tests/opc_kernel/log"
MODELS = "tests/opc_kernel/models"
SHEETS = "tests/sheets_sync"
EFFECTS = "tests/opc_kernel/effects"
CONNECTORS = "tests/workbench/connectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Text of one file that becomes another, and the named test that fails then."""

    what: str
    file: str
    old: str
    new: str
    seen_by: str


FAULTS = (
    Fault(
        what="an event id need not be unique",
        file="opc_kernel/log/migrations/0001_event_and_read_model.sql",
        old="event_id        VARCHAR NOT NULL UNIQUE,",
        new="event_id        VARCHAR NOT NULL,",
        seen_by=f"{LOG}/test_log_opening.py::TestADatabase::test_never_takes_an_event_twice",
    ),
    Fault(
        what="an append is acknowledged before it is synced",
        file="opc_kernel/log/journal.py",
        old="            os.fdatasync(self._file)\n",
        new="            pass\n",
        seen_by=f"{LOG}/test_log_failures.py::TestDisk::test_a_failing_sync_takes_every_byte_back",
    ),
    Fault(
        what="the chain is not checked on opening",
        file="opc_kernel/log/opening.py",
        old="if tail.chain_hash != known:",
        new="if False:",
        seen_by=f"{LOG}/test_log_opening.py::TestADatabase::test_with_other_hashes_is_shown",
    ),
    Fault(
        what="a database that knows more than the journal is believed",
        file="opc_kernel/log/opening.py",
        old="if tail.position > journal.tail.position:",
        new="if False:",
        seen_by=f"{LOG}/test_log_torn_tail.py::test_an_acknowledged_record_is_never_cut",
    ),
    Fault(
        what="a damaged database is thrown away",
        file="opc_kernel/log/opening.py",
        old="        shutil.move(path, aside / path.name)",
        new="        path.unlink()",
        seen_by=f"{LOG}/test_log_opening.py::TestADatabase::test_that_cannot_be_read_is_set_aside_whole_and_made_anew",
    ),
    Fault(
        what="a record with a hole counts as whole",
        file="opc_kernel/log/journal.py",
        old="if zlib.crc32(lines) == commit.crc32 else None",
        new="if commit.crc32 else None",
        seen_by=f"{LOG}/test_log_torn_tail.py::test_a_record_with_a_hole_is_torn_too",
    ),
    Fault(
        what="a record counts without its commit line",
        file="opc_kernel/log/journal.py",
        old="        write_fully(self._file, commit)\n",
        new="",
        seen_by=f"{LOG}/test_log_opening.py::test_a_company_opens_as_it_was_closed",
    ),
    Fault(
        what="torn bytes are dropped instead of kept",
        file="opc_kernel/log/journal.py",
        old="            torn = segment.read()",
        new='            torn = b""',
        seen_by=f"{LOG}/test_log_torn_tail.py::test_the_torn_bytes_go_to_quarantine_and_the_log_goes_on",
    ),
    Fault(
        what="a new file is not synced before it gets its name",
        file="opc_kernel/log/files.py",
        old="        write_fully(descriptor, content)\n        os.fsync(descriptor)\n",
        new="        write_fully(descriptor, content)\n",
        seen_by=f"{LOG}/test_log_lock.py::test_a_file_is_written_whole_or_not_at_all",
    ),
    Fault(
        what="the name of a new segment is not made durable",
        file="opc_kernel/log/files.py",
        old="    sync_folder(path.parent)\n",
        new="",
        seen_by=f"{LOG}/test_log_power_cut.py::test_some_power_cuts",
    ),
    Fault(
        what="the expected version is not looked at",
        file="opc_kernel/log/append.py",
        old="if version not in (ANY_VERSION, versions[stream]):",
        new="if False:",
        seen_by=f"{LOG}/test_log_contract.py",
    ),
    Fault(
        what="other content under a known id passes for a retry",
        file="opc_kernel/log/append.py",
        old="if not _same(found, one):",
        new="if False:",
        seen_by=f"{LOG}/test_log_contract.py",
    ),
    Fault(
        what="a hash does not cover the one before it",
        file="opc_kernel/log/chain.py",
        old="hashlib.sha256(previous.encode() + _encode(covered))",
        new="hashlib.sha256(_encode(covered))",
        seen_by="tests/workbench/test_golden_release.py",
    ),
    Fault(
        what="changed data in the journal passes",
        file="opc_kernel/log/inspection.py",
        old="        if changed_data(event):",
        new="        if False:",
        seen_by=f"{LOG}/test_log_tampering.py::test_every_way_of_tampering_is_seen",
    ),
    Fault(
        what="a row that differs from the journal passes",
        file="opc_kernel/log/verify.py",
        old="    if row == event:",
        new="    if row.position == event.position:",
        seen_by=f"{LOG}/test_log_tampering.py::test_every_way_of_tampering_is_seen",
    ),
    Fault(
        what="the folder is not locked",
        file="opc_kernel/log/lock.py",
        old="            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        new="            pass",
        seen_by=f"{LOG}/test_log_lock.py::test_a_second_holder_is_refused_and_told_who_holds_it",
    ),
    Fault(
        what="a decision counts beside whatever content",
        file="sheets_sync/merge.py",
        old='return "open" if intact else "torn"',
        new='return "open"',
        seen_by=f"{SHEETS}/test_sheet_merge.py"
        "::test_content_beside_a_foreign_key_is_never_decided_and_the_item_is_asked_again",
    ),
    Fault(
        what="rows go to a place that was free when it was read",
        file="sheets_sync/google/writing.py",
        old='{"appendCells": {"sheetId": table.sheet_id, "rows": lines, "fields": fields}}',
        new='{"updateCells": {"start": {"sheetId": table.sheet_id, "rowIndex": table.last + 1, "columnIndex": 0}, '
        '"rows": lines, "fields": fields}}',
        seen_by=f"{SHEETS}/test_google_workbook.py::test_who_writes_below_between_reading_and_write_keeps_it",
    ),
    Fault(
        what="a write without an answer is made again",
        file="sheets_sync/google/transport.py",
        old="return WriteUncertain(self._where, problem) if writes else",
        new="return",
        seen_by=f"{SHEETS}/test_google_workbook.py::test_a_write_whose_answer_is_lost_is_not_made_twice",
    ),
    Fault(
        what="a spreadsheet is trusted whoever sees it",
        file="sheets_sync/google/workbook.py",
        old="            return Sheet(distrusted=why)",
        new="            pass",
        seen_by=f"{SHEETS}/test_google_workbook.py"
        "::test_shared_wider_than_listed_nothing_is_decided_and_nothing_shown",
    ),
    Fault(
        what="merged cells decide",
        file="sheets_sync/excel/table.py",
        old="if line not in entangled)",
        new="if line not in ())",
        seen_by=f"{SHEETS}/test_excel_accidents.py::test_merged_cells_decide_nothing_and_are_named",
    ),
    Fault(
        what="a saved workbook is not read back by another reader",
        file="sheets_sync/excel/workbook.py",
        old=" or differs(new, book.workbook)",
        new="",
        seen_by=f"{SHEETS}/test_excel_file.py::test_what_another_reader_finds_different_is_not_put_in_place",
    ),
    Fault(
        what="a text may become a formula",
        file="sheets_sync/excel/cells.py",
        old='    cell.data_type = "s"  # openpyxl makes "=1+1" a formula and "#REF!" an error\n',
        new="",
        seen_by=f"{SHEETS}/test_excel_injection.py",
    ),
    Fault(
        what="a model call is reserved whatever others reserved meanwhile",
        file="opc_kernel/models/models.py",
        old="expected={**versions, call: NEW_STREAM}",
        new="expected={**dict.fromkeys(versions, -1), call: NEW_STREAM}",
        seen_by=f"{MODELS}/test_model_caps.py::test_another_reservation_in_between_is_seen",
    ),
    Fault(
        what="only the reservations of the same day are seen",
        file="opc_kernel/models/models.py",
        old='(("yesterday", -1), ("today", 0), ("tomorrow", 1))',
        new='(("yesterday", 0), ("today", 0), ("tomorrow", 0))',
        seen_by=f"{MODELS}/test_model_caps.py::test_midnight_between_two_clocks_lets_no_task_pass_its_cap",
    ),
    Fault(
        what="a text from outside may hold the tags of a prompt",
        file="opc_kernel/models/outside.py",
        old='OWN_TAG.sub("‹", visible(text))',
        new="visible(text)",
        seen_by=f"{MODELS}/test_model_prompt.py::test_a_text_can_not_bear_the_mark_of_its_own_tag",
    ),
    Fault(
        what="what is local-only goes anywhere",
        file="opc_kernel/models/models.py",
        old="if kept := local_only_fields(asking.inputs):",
        new="if kept := ():",
        seen_by=f"{MODELS}/test_model_port.py::test_what_is_marked_local_only_goes_to_no_endpoint_elsewhere",
    ),
    Fault(
        what="a call under way costs nothing yet",
        file="opc_kernel/models/sql/model_call.sql",
        old="(said->>'cost')::DECIMAL(19, 8), NULL), (asked->>'at_most')::DECIMAL(19, 8), 0) AS counted",
        new="(said->>'cost')::DECIMAL(19, 8), NULL), 0) AS counted",
        seen_by=f"{MODELS}/test_model_caps.py::test_a_call_that_was_never_heard_of_again_counts_with_all_it_may_have_cost",
    ),
    Fault(
        what="a breaker never opens",
        file="opc_kernel/effects/breaker.py",
        old="if not is_probe and failure.failures < policy.failures:",
        new="if True:",
        seen_by=f"{EFFECTS}/test_account_traffic.py::test_five_failures_in_a_row_open_the_breaker",
    ),
    Fault(
        what="everybody may try a broken connector",
        file="opc_kernel/effects/account_traffic.py",
        old="expected={stream: breaker.version})",
        new="expected={stream: -1})",
        seen_by=f"{EFFECTS}/test_account_traffic.py::test_of_eight_threads_of_two_workers_one_is_the_probe",
    ),
    Fault(
        what="a provider is called before it wants to be",
        file="opc_kernel/effects/account_traffic.py",
        old="return (after or timedelta(0)) + bound",
        new="return bound",
        seen_by=f"{EFFECTS}/test_account_traffic.py::test_a_pause_never_undershoots_what_the_provider_said",
    ),
    Fault(
        what="a refund is made without looking",
        file="workbench/connectors/payments/connector.py",
        old="return _known(self._provider.refunded(key, wanted)) or self._provider.refund(key, wanted)",
        new="return self._provider.refund(key, wanted)",
        seen_by=f"{CONNECTORS}/test_lost_answers.py"
        "::test_after_a_day_the_provider_has_forgotten_the_key_and_nothing_is_done_blindly",
    ),
    Fault(
        what="a letter whose answer is lost counts as not sent",
        file="workbench/connectors/mail/smtp.py",
        old='Unclear(\n                reason=f"{self._settings.host} took it',
        new='NotDone(\n                reason=f"{self._settings.host} took it',
        seen_by=f"{CONNECTORS}/test_lost_answers.py::test_w4_no_letter_is_sent_twice_though_answers_are_lost",
    ),
    Fault(
        what="a page replaces another",
        file="workbench/connectors/site/connector.py",
        old="os.link(aside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)",
        new="os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)",
        seen_by=f"{CONNECTORS}/test_site.py::test_a_page_of_another_key_stays",
    ),
    Fault(
        what="a server that sends a byte at a time is waited for",
        file="workbench/connectors/deadline.py",
        old="        self._timer.start()\n",
        new="",
        seen_by=f"{CONNECTORS}/test_faults.py::test_t1_a_letter_that_meets_a_fault",
    ),
    Fault(
        what="who holds a task is not looked at",
        file="opc_kernel/flow/lease.py",
        old="guards = {**(expected or {}), self.stream: self._version}",
        new="guards = {**(expected or {}), self.stream: -1}",
        seen_by=f"{FLOW}/test_lease.py::test_who_was_overtaken_stores_nothing",
    ),
    Fault(
        what="no fencing token goes to the provider",
        file="opc_kernel/effects/moves.py",
        old="            token=lease.token if lease else 0,\n",
        new="",
        seen_by=f"{FLOW}/test_frozen_workers.py::test_a_worker_that_wakes_up_late_changes_nothing",
    ),
    Fault(
        what="another try has another key",
        file="opc_kernel/effects/moves.py",
        old="            key=effect.key,\n",
        new='            key=f"{effect.key}-{effect.attempts}",\n',
        seen_by=f"{FLOW}/test_effects.py::test_a_lost_answer_is_asked_for_before_anything_is_repeated",
    ),
    Fault(
        what="a plan is read in the order of its times",
        file="opc_kernel/flow/plan.py",
        old="ORDER BY stream, version",
        new="ORDER BY stream, recorded_at",
        seen_by=f"{FLOW}/test_plan_cuts.py::test_a_plan_read_from_the_log_is_the_one_that_went_on_in_memory",
    ),
    Fault(
        what="no gate stands before an effect",
        file="opc_kernel/flow/asking.py",
        old="if not needs_gate(act.intents, kinds, seen.task):",
        new="if True:",
        seen_by=f"{FLOW}/test_effects.py"
        "::test_what_can_not_be_undone_waits_for_the_operator_and_goes_out_as_approved",
    ),
    Fault(
        what="an agent writes wherever it likes",
        file="opc_kernel/flow/asking.py",
        old="if category in OURS or (category in MEMORY and not agent.may_remember):",
        new="if False:",
        seen_by=f"{FLOW}/test_obedient_model.py::test_no_agent_writes_where_the_kernel_keeps_what_is_so",
    ),
    Fault(
        what="the text of a library's error goes into the log",
        file="opc_kernel/flow/asking.py",
        old='{_told(error)}"[:500]',
        new=': {error}"[:500]',
        seen_by=f"{FLOW}/test_effect_canaries.py::test_what_fails_with_a_secret_in_its_words_leaves_no_trace_of_it",
    ),
)
