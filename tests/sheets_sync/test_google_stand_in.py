"""The stand-in for Google Sheets by itself: what the recordings do not show, one behaviour each."""

import gspread
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceAccount
from google_calls import Caller, append, message, rows

from opc_kernel.testing import FrozenClock
from sheets_sync.testing.google import (
    BAD_GATEWAY,
    LOST_ANSWER,
    LOST_CONNECTION,
    OWNER,
    RESET,
    TRUNCATED,
    GoogleStandIn,
    Quota,
    late,
    rate_limited,
)

STATUS = '=IFNA(VLOOKUP(INDEX($A:$A,ROW())&" "&INDEX($B:$B,ROW()),\'status tab\'!$A:$B,2,FALSE),"")'
SHOWN = "sheets.data.rowData.values.effectiveValue"


@pytest.fixture
def google():
    with GoogleStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def book(google):
    return google.create("Approvals")


@pytest.fixture
def api(google, book):
    return Caller(google, book.id)


@pytest.fixture
def hand(google, book):
    return google.hand(book.id)


@pytest.fixture
def with_status(api):
    """Two rows whose third cell looks its status up in another tab."""
    answer = api.batch(
        {"addSheet": {"properties": {"sheetId": 7, "title": "status tab"}}},
        append(["k1 h1", "open"], ["k2 h2", "settled"], sheet=7),
        append(["k1", "h1", STATUS], ["k2", "h2", STATUS]),
    )
    assert answer.status_code == 200, answer.text


# writing


def test_cells_are_appended_below_the_last_row_with_a_value_and_the_grid_grows(api, hand):
    hand.type_in("Sheet1", 999, 3, "the last row of the grid")

    api.batch(append(["below"]))

    assert hand.grid("Sheet1")[1000][0] == "below"


def test_a_batch_is_all_or_nothing(api, hand):
    answer = api.batch(append(["one"]), {"deleteSheet": {"sheetId": 99}})

    assert (answer.status_code, message(answer)) == (
        400,
        "Invalid requests[1].deleteSheet: No sheet with id: 99",
    )
    assert hand.grid("Sheet1") == []


def test_a_batch_answers_with_the_spreadsheet_after_it(api):
    answer = api.client.post(
        f"{api.path}:batchUpdate",
        params={"fields": "updatedSpreadsheet(sheets(data(rowData(values(userEnteredValue)))))"},
        json={
            "requests": [append(["one"])],
            "includeSpreadsheetInResponse": True,
            "responseRanges": ["Sheet1!A:B"],
        },
    )

    assert answer.json() == {"updatedSpreadsheet": {"sheets": [{"data": [{"rowData": rows(["one"])}]}]}}


def test_text_that_looks_like_a_formula_stays_text(api, hand):
    api.batch(
        {
            "updateCells": {
                "start": {"rowIndex": 0},
                "rows": [{"values": [{"userEnteredValue": {"stringValue": "=1+1"}}]}],
                "fields": "userEnteredValue",
            }
        }
    )

    assert hand.grid("Sheet1")[0][0] == "=1+1"


def test_only_the_fields_named_are_written(api):
    note = {"note": "mine", "userEnteredValue": {"stringValue": "not meant"}}

    api.batch(append(["one"]), {"updateCells": {"start": {}, "rows": [{"values": [note]}], "fields": "note"}})

    cells = "sheets.data.rowData.values(userEnteredValue,note)"
    assert api.get(cells)["sheets"][0]["data"][0]["rowData"] == [
        {"values": [{"userEnteredValue": {"stringValue": "one"}, "note": "mine"}]}
    ]


def test_fifty_thousand_characters_fit_into_a_cell_and_one_more_does_not(api):
    assert api.batch(append(["x" * 50_000])).status_code == 200

    refused = api.batch(append(["x" * 50_001]))

    words = "Your input contains more than the maximum of 50000 characters in a single cell."
    assert (refused.status_code, message(refused)) == (400, f"Invalid requests[0].appendCells: {words}")


def test_a_range_that_begins_outside_of_the_grid_is_refused(api):
    answer = api.client.get(f"{api.path}/values/Sheet1!A1001:B")

    assert message(answer) == "Range (Sheet1!A1001:B) exceeds grid limits. Max rows: 1000, max columns: 26"


def test_metadata_moves_along_with_its_column(api, hand):
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}
    where = {"location": {"dimensionRange": span}}
    mark = {"metadataKey": "column", "metadataValue": "decision", "visibility": "DOCUMENT", **where}
    api.batch({"createDeveloperMetadata": {"developerMetadata": mark}})

    hand.move_column("Sheet1", 2, 0)

    columns = api.get("sheets.data.columnMetadata.developerMetadata")["sheets"][0]["data"][0][
        "columnMetadata"
    ]
    assert [each["metadataValue"] for each in columns[0]["developerMetadata"]] == ["decision"]
    assert columns[0]["developerMetadata"][0]["location"]["dimensionRange"]["endIndex"] == 1
    assert not any(columns[1:])


def test_protection_and_rules_follow_an_inserted_column(api, hand):
    area = {"sheetId": 0, "startColumnIndex": 0, "endColumnIndex": 2}
    api.batch({"addProtectedRange": {"protectedRange": {"range": area, "warningOnly": True}}})

    hand.insert_column("Sheet1", 0)

    found = api.get("sheets.protectedRanges.range")["sheets"][0]["protectedRanges"]
    assert found == [{"range": {"startColumnIndex": 1, "endColumnIndex": 3}}]


def test_a_new_tab_is_dressed_in_one_batch(api):
    area = {"sheetId": 7, "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
    rule = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "approve"}]}, "strict": True}
    colour = {"backgroundColorStyle": {"rgbColor": {"red": 1, "green": 0.5}}}
    late = {"condition": {"type": "TEXT_EQ", "values": [{"userEnteredValue": "late"}]}, "format": colour}
    columns = {"sheetId": 7, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 2}

    answer = api.batch(
        {
            "addSheet": {
                "properties": {"sheetId": 7, "title": "queue", "gridProperties": {"frozenRowCount": 1}}
            }
        },
        {"setDataValidation": {"range": area, "rule": rule}},
        {"addConditionalFormatRule": {"rule": {"ranges": [area], "booleanRule": late}, "index": 0}},
        {"setBasicFilter": {"filter": {"range": {**area, "startRowIndex": 0}}}},
        {
            "repeatCell": {
                "range": {**area, "startRowIndex": 0, "endRowIndex": 1},
                "cell": {"userEnteredFormat": {"textFormat": {"bold": True}}},
                "fields": "userEnteredFormat.textFormat.bold",
            }
        },
        {
            "updateDimensionProperties": {
                "range": columns,
                "properties": {"hiddenByUser": True},
                "fields": "hiddenByUser",
            }
        },
        {"appendDimension": {"sheetId": 7, "dimension": "ROWS", "length": 5}},
        {"moveDimension": {"source": columns, "destinationIndex": 4}},
    )

    assert answer.status_code == 200, answer.text
    fields = (
        "sheets(properties(gridProperties),conditionalFormats,basicFilter,data(columnMetadata(hiddenByUser)))"
    )
    queue = api.get(fields, "queue!1:2")["sheets"][0]
    there = {"sheetId": 7, "startRowIndex": 1, "startColumnIndex": 2, "endColumnIndex": 3}
    half = {
        "booleanRule": {
            **late,
            "format": {"backgroundColorStyle": {"rgbColor": {"red": 1, "green": 0.49803922}}},
        }
    }
    assert queue["properties"]["gridProperties"] == {"rowCount": 1005, "columnCount": 26, "frozenRowCount": 1}
    assert queue["conditionalFormats"] == [{"ranges": [there], **half}]
    assert queue["basicFilter"]["range"]["startColumnIndex"] == 2
    assert [at for at, each in enumerate(queue["data"][0]["columnMetadata"]) if each] == [2, 3]
    cells = api.get("sheets.data.rowData.values(userEnteredFormat,dataValidation)", "queue!A1:C2")["sheets"][
        0
    ]["data"]
    assert cells == [
        {
            "rowData": [
                {"values": [{}, {}, {"userEnteredFormat": {"textFormat": {"bold": True}}}]},
                {"values": [{}, {}, {"dataValidation": rule}]},
            ]
        }
    ]


def test_several_ranges_of_values_are_written_or_none(api):
    good, bad = ({"range": cells, "values": [["x"]]} for cells in ("A1", "nowhere!A1"))

    refused = api.client.post(
        f"{api.path}/values:batchUpdate", json={"valueInputOption": "RAW", "data": [good, bad]}
    )
    empty = api.values("A1")
    taken = api.client.post(
        f"{api.path}/values:batchUpdate", json={"valueInputOption": "RAW", "data": [good]}
    )

    assert message(refused) == "Invalid data[1]: Unable to parse range: nowhere!A1"
    assert (empty, taken.json()["totalUpdatedCells"], api.values("A1")) == ([], 1, [["x"]])


# reading


def test_rows_that_are_empty_at_the_end_are_not_sent(api, hand):
    hand.type_in("Sheet1", 1, 1, "x")

    data = api.get("sheets.data.rowData.values.userEnteredValue")["sheets"][0]["data"]

    assert data == [{"rowData": [{}, {"values": [{}, {"userEnteredValue": {"stringValue": "x"}}]}]}]


def test_a_field_mask_that_names_nothing_known_is_refused(api):
    answer = api.client.get(api.path, params={"fields": "sheets(data(rowDate))"})

    assert answer.status_code == 400
    assert "sheets.data.rowDate" in answer.text


def test_a_link_shows_its_address(api, hand):
    hand.type_in("Sheet1", 0, 0, '=HYPERLINK("https://example.com","pay")')

    cells = api.get("sheets.data.rowData.values(effectiveValue,hyperlink)")["sheets"][0]["data"][0]["rowData"]

    assert cells == [
        {"values": [{"effectiveValue": {"stringValue": "pay"}, "hyperlink": "https://example.com"}]}
    ]


def shown(api, column):
    """What the cells of a column of the first tab show."""
    found = api.get(SHOWN, "Sheet1")["sheets"][0]["data"][0]["rowData"]
    return [row["values"][column]["effectiveValue"] for row in found]


def test_a_look_up_shows_what_the_other_tab_says(api, with_status):
    assert shown(api, 2) == [{"stringValue": "open"}, {"stringValue": "settled"}]


def test_a_look_up_follows_inserted_columns_and_renamed_tabs(api, hand, with_status):
    hand.insert_column("Sheet1", 0)
    hand.insert_column("status tab", 1)
    hand.delete_column("status tab", 1)
    hand.rename_tab("status tab", "Bob's")
    hand.sort("Sheet1", 1, descending=True, header=0)

    assert shown(api, 3) == [{"stringValue": "settled"}, {"stringValue": "open"}]


def test_a_look_up_into_a_deleted_tab_is_an_error(api, hand, with_status):
    hand.delete_tab("status tab")

    assert [each["errorValue"]["type"] for each in shown(api, 2)] == ["REF", "REF"]


# the operator's hand


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("approve", {"stringValue": "approve"}),
        ("0042", {"numberValue": 42}),
        ("-1,234.5", {"numberValue": -1234.5}),
        ("12%", {"numberValue": 0.12}),
        ("true", {"boolValue": True}),
        ("=A2", {"formulaValue": "=A2"}),
        ("'=A2", {"stringValue": "=A2"}),
        ("2026-11-22", {"numberValue": 46348}),
        ("+49 170 1", {"formulaValue": "=+49 170 1"}),
    ],
)
def test_typed_text_becomes_what_google_makes_of_it(api, hand, text, value):
    hand.type_in("Sheet1", 0, 0, text)

    found = api.get("sheets.data.rowData.values.userEnteredValue")["sheets"][0]["data"][0]["rowData"]
    assert found == [{"values": [{"userEnteredValue": value}]}]


def test_a_person_may_sort_between_two_calls(google, api, hand):
    api.batch(append(["header"], ["b"], ["a"]))
    before = api.values("A:A")
    google.before_next(lambda: hand.sort("Sheet1", 0), when=lambda call: call.kind == "write")

    api.batch(append(["c"]))

    assert before == [["header"], ["b"], ["a"]]
    assert api.values("A:A") == [["header"], ["a"], ["b"], ["c"]]


def test_a_copied_tab_has_the_same_cells_and_ids_of_its_own(api, hand, with_status):
    mark = {"metadataKey": "queue", "visibility": "DOCUMENT", "location": {"sheetId": 0}}
    api.batch({"createDeveloperMetadata": {"developerMetadata": mark}})

    copy = hand.copy_tab("Sheet1")

    first, second = api.get("sheets(properties.sheetId,developerMetadata)")["sheets"][:2]
    assert hand.grid(copy) == hand.grid("Sheet1")
    assert second["developerMetadata"][0]["location"]["sheetId"] == second["properties"]["sheetId"] != 0
    assert second["developerMetadata"][0]["metadataId"] != first["developerMetadata"][0]["metadataId"]


def test_undo_takes_back_the_last_step_and_an_older_copy_can_be_restored(hand):
    hand.type_in("Sheet1", 0, 0, "first")
    older = hand.copy()
    hand.type_in("Sheet1", 0, 0, "second")
    hand.delete_row("Sheet1", 0)

    hand.undo()
    assert hand.text("Sheet1", 0, 0) == "second"

    hand.restore(older)
    assert hand.text("Sheet1", 0, 0) == "first"


def test_what_goes_wrong_in_a_hook_is_raised_in_the_test():
    with pytest.raises(LookupError, match="There is no tab 'nowhere'"), GoogleStandIn() as google:  # noqa: PT012
        book = google.create()
        google.before_each(lambda _: google.hand(book.id).sort("nowhere", 0))
        Caller(google, book.id).batch(append(["x"]))


# what can go wrong


def test_a_lost_answer_was_applied(google, api, hand):
    google.fail(LOST_ANSWER)

    assert api.batch(append(["once"])).status_code == 500
    assert hand.grid("Sheet1")[0][0] == "once"


@pytest.mark.parametrize(("fault", "applied"), [(RESET, False), (LOST_CONNECTION, True)])
def test_a_connection_may_break_before_or_after_the_change(google, api, hand, fault, applied):
    google.fail(fault)

    with pytest.raises(httpx.TransportError):
        api.batch(append(["x"]))

    assert bool(hand.grid("Sheet1")) is applied


def test_an_answer_may_end_in_the_middle(google, api):
    google.fail(TRUNCATED)

    with pytest.raises(httpx.RemoteProtocolError):
        api.batch(append(["x"]))


def test_an_answer_may_come_too_late_for_a_change_that_was_made(google, api, hand):
    google.fail(late(0.5))

    with pytest.raises(httpx.ReadTimeout):
        api.client.post(f"{api.path}:batchUpdate", json={"requests": [append(["x"])]}, timeout=0.1)

    assert hand.grid("Sheet1")[0][0] == "x"


def test_the_front_end_may_answer_in_html(google, api):
    google.fail(BAD_GATEWAY, when=lambda call: call.kind == "read", times=1)

    first, second = api.client.get(api.path), api.client.get(api.path)

    assert (first.status_code, first.text[:15], second.status_code) == (502, "<!DOCTYPE html>", 200)


def test_a_refusal_for_too_many_calls_may_say_when_to_come_back(google, api):
    google.fail(rate_limited(7), 1)

    answer = api.batch(append(["x"]))

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"


def test_more_than_sixty_reads_a_minute_are_refused_until_the_minute_is_over():
    clock = FrozenClock()
    with GoogleStandIn(clock=lambda: clock.now().timestamp(), quota=Quota()) as google:
        api = Caller(google, google.create().id)
        answers = [api.client.get(api.path) for _ in range(61)]
        writing = api.batch(append(["x"]))
        clock.move(seconds=60)
        later = api.client.get(api.path)

    assert [each.status_code for each in answers] == [200] * 60 + [429]
    assert "limit 'Read requests per minute per user'" in message(answers[-1])
    assert (writing.status_code, later.status_code) == (200, 200)


def test_every_call_is_recorded(google, api):
    api.batch(append(["x"]))
    api.client.get(f"{api.file}?fields=id")

    assert [(call.number, call.method, call.kind, call.status) for call in google.calls] == [
        (1, "POST", "write", 200),
        (2, "GET", "drive", 200),
    ]
    assert google.calls[0].bytes_in > 50 < google.calls[1].bytes_out


# who may


def test_a_call_without_a_valid_token_is_unauthenticated(google, api):
    google.tokens.expire()

    assert api.client.get(api.path).json()["error"]["status"] == "UNAUTHENTICATED"
    assert api.client.get(api.file).json()["error"]["errors"][0]["reason"] == "authError"


def test_a_stranger_may_not_read_and_a_reader_may_not_write(google, book, api):
    api.client.post(
        f"{api.file}/permissions", json={"type": "user", "role": "reader", "emailAddress": "r@example.com"}
    )
    stranger, reader = (Caller(google, book.id, name) for name in ("s@example.com", "r@example.com"))

    assert stranger.client.get(stranger.path).status_code == 403
    assert stranger.client.get(stranger.file).status_code == 404
    assert reader.client.get(reader.path).status_code == 200
    assert message(reader.batch(append(["x"]))) == "The caller does not have permission"


def test_drive_says_with_whom_a_file_is_shared(api, hand):
    hand.share("partner@example.com", "reader")
    hand.share("anyone")

    found = api.client.get(api.file, params={"fields": "permissions(id,type,emailAddress,role)"}).json()

    assert [(each["type"], each["role"]) for each in found["permissions"]] == [
        ("user", "owner"),
        ("user", "reader"),
        ("anyone", "writer"),
    ]
    assert found["permissions"][2] == {"id": "anyoneWithLink", "type": "anyone", "role": "writer"}


def test_a_permission_may_be_taken_away_between_two_calls(google, book, hand):
    hand.share("bot@example.com")
    bot = Caller(google, book.id, "bot@example.com")
    google.before(2, lambda: hand.unshare("bot@example.com"))

    assert [bot.batch(append(["x"])).status_code for _ in range(2)] == [200, 403]


# real clients


@pytest.fixture
def gspread_client(google):
    """Real gspread whose calls go to the stand-in."""

    class Client(gspread.HTTPClient):
        def request(self, method, endpoint, *args, **kwargs):
            for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
                endpoint = endpoint.replace(host, google.url)
            return super().request(method, endpoint, *args, **kwargs)

    return lambda credentials: gspread.Client(auth=credentials, http_client=Client)


def test_gspread_signs_in_as_a_service_account(google, gspread_client):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "client_email": "bot@example.iam.gserviceaccount.com",
        "private_key": key.decode(),
        "token_uri": google.token_uri,
    }
    credentials = ServiceAccount.from_service_account_info(
        account, scopes=["https://www.googleapis.com/auth/drive"]
    )

    sheet = gspread_client(credentials).create("Made by gspread").sheet1
    sheet.append_rows([["key", "amount"], ["k1", "=3/2"]], value_input_option="USER_ENTERED")

    assert sheet.get_all_records() == [{"key": "k1", "amount": 1.5}]
    assert google.tokens.claims[0]["iss"] == account["client_email"]


def test_gspread_gets_a_new_token_when_the_old_one_expires_and_is_told_when_it_is_revoked(
    google, book, gspread_client
):
    credentials = Credentials.from_authorized_user_info(
        {"refresh_token": google.tokens.refresh_token(OWNER), "client_id": "us", "client_secret": "secret"}
    )
    credentials._token_uri = google.token_uri
    client = gspread_client(credentials)
    client.open_by_key(book.id)

    google.tokens.expire()
    assert client.open_by_key(book.id).title == "Approvals"

    google.tokens.revoke(OWNER)
    with pytest.raises(Exception, match="invalid_grant: Token has been expired or revoked"):
        client.open_by_key(book.id)
