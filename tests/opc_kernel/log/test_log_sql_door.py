"""The SQL door: one SELECT over the company's tables and harmless functions; everything else is refused."""

import time

import pytest
from log_examples import append, booking, note, opened

from opc_kernel.log import durable as durable_module
from opc_kernel.log.errors import QueryFailed, QueryRefused


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("door") / "acme") as log:
        append(log, note("a", "one"), note("a", "two"), booking("giro", "12.50"))
        yield log


ALLOWED = {
    "SELECT 1": [(1,)],
    "FROM note SELECT text": [("two",)],
    "FROM summary": [(1, 2)],
    "SELECT count(*) FROM main.event": [(3,)],
    "SELECT data->>'text' FROM event_now WHERE position = 2": [("two",)],
    "SELECT version FROM event ORDER BY position": [(1,), (2,), (1,)],
    "SELECT balance::VARCHAR FROM account": [("12.5000",)],
    "WITH n AS (SELECT * FROM note) SELECT count(*) FROM n": [(1,)],
    "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT max(n) FROM t": [
        (3,)
    ],
    "SELECT (SELECT text FROM note) AS text": [("two",)],
    "SELECT position, row_number() OVER (PARTITION BY stream ORDER BY position DESC) FROM event ORDER BY 1 LIMIT 1": [
        (1, 2)
    ],
    "SELECT list_transform([1, 2], lambda x: x + 1)": [([2, 3],)],
    "SELECT [x * 2 for x in [1, 2] if x > 1]": [([4],)],
    "SELECT unnest([1, 2]) ORDER BY 1": [(1,), (2,)],
    "SELECT range FROM range(2) UNION ALL SELECT 7 ORDER BY 1": [(0,), (1,), (7,)],
    "SELECT je.key FROM event, json_each(data) je WHERE position = 1": [("text",)],
    "SELECT 'abc' LIKE 'a%' AND 2 BETWEEN 1 AND 3 AND 'x' NOT IN ('y')": [(True,)],
    "SELECT CASE WHEN 1 < 2 THEN 'yes' END": [("yes",)],
    "SELECT upper('a') || lower('B')": [("Ab",)],
    "SELECT 'a'.upper()": [("A",)],
    "SELECT strftime(DATE '2026-11-02', '%Y-%m')": [("2026-11",)],
    "SELECT date_trunc('month', DATE '2026-11-02')::DATE::VARCHAR": [("2026-11-01",)],
    "SELECT regexp_matches('abc', 'b.')": [(True,)],
    "SELECT * FROM (VALUES (1, 'a')) AS t(n, s)": [(1, "a")],
    "SELECT table_name FROM information_schema.tables WHERE table_name = 'note'": [("note",)],
    "SELECT data_type FROM information_schema.columns WHERE table_name = 'note' AND column_name = 'events'": [
        ("BIGINT",)
    ],
    "SELECT arg_max(text, position), string_agg(text, ',') FROM note": [("two", "two")],
    "SELECT count(*) FILTER (type = 'demo.noted') FROM event": [(2,)],
    "SELECT n.text FROM note n JOIN account a ON n.version > a.version": [("two",)],
    "SELECT round(12.345, 2)::VARCHAR, greatest(1, 2), coalesce(NULL, 3)": [("12.35", 2, 3)],
}


@pytest.mark.parametrize("sql", ALLOWED, ids=str)
def test_a_question_is_answered(log, sql):
    assert log.query(sql).rows == ALLOWED[sql]


@pytest.mark.parametrize("sql", ["SUMMARIZE note", "DESCRIBE note", "SHOW TABLES", "DESCRIBE SELECT 1"])
def test_a_look_at_the_tables_is_answered(log, sql):
    assert len(log.query(sql)) > 0


def test_parameters_are_values_and_never_sql(log):
    assert log.query("SELECT count(*) FROM note WHERE text = $text", text="' OR 1=1 --").rows == [(0,)]


REFUSED = [
    # files
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('company.duckdb')",
    "SELECT * FROM READ_TEXT('/etc/passwd')",
    "SELECT * FROM \"read_text\"('/etc/passwd')",
    "SELECT * FROM main.read_text('/etc/passwd')",
    "SELECT * FROM system.main.read_text('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_parquet('x.parquet')",
    "SELECT * FROM parquet_metadata('x.parquet')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_duckdb('other.duckdb')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '/tmp/x.csv'",
    'SELECT * FROM "x.parquet"',
    "FROM 'x.json'",
    "SUMMARIZE '/tmp/x.csv'",
    "DESCRIBE SELECT * FROM 'x.csv'",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
    "WITH x AS (SELECT * FROM read_text('/etc/passwd')) FROM x",
    "SELECT * FROM note WHERE text IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM note, LATERAL (SELECT * FROM read_text(note.text))",
    "SELECT * FROM (SELECT 1 UNION ALL SELECT 1 FROM glob('/*'))",
    "FROM range(1) WHERE exists(FROM glob('*'))",
    # SQL in a string
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('note')",
    "SELECT * FROM query_table(['note'])",
    "SELECT json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    # the machine, its settings and secrets
    "SELECT getenv('HOME')",
    "SELECT 'HOME'.getenv()",
    "SELECT GetEnv('HOME')",
    "SELECT \"getenv\"('HOME')",
    "SELECT main.getenv('HOME')",
    "SELECT list_transform(['HOME'], lambda x: getenv(x))",
    "SELECT [getenv(x) for x in ['HOME']]",
    "SELECT 1 ORDER BY getenv('HOME')",
    "SELECT count(*) FILTER (getenv('HOME') = 'x') FROM note",
    "SELECT sum(1) OVER (ORDER BY getenv('HOME')) FROM note",
    "SELECT 1 LIMIT getenv('HOME')::INTEGER",
    "SELECT * FROM note QUALIFY getenv('HOME') = 'x'",
    "SELECT * FROM note GROUP BY ALL HAVING getenv('HOME') = 'x'",
    "SELECT * FROM range(getenv('N')::INTEGER)",
    "SELECT current_setting('secret_directory')",
    "SELECT 'secret_directory'.current_setting()",
    "SELECT system.main.current_setting('secret_directory')",
    "SELECT getvariable('x')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT which_secret('s3://x', 's3')",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_databases",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_database_size()",
    "SELECT * FROM pg_settings",
    "SELECT * FROM pg_catalog.pg_settings",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM duckdb_functions()",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM information_schema.schemata",
    "SELECT * FROM information_schema.views",
    "SELECT * FROM other.note",
    "SELECT * FROM company.main.note",
    "SELECT * FROM memory.main.note",
    "SELECT * FROM temp.note",
    "SHOW DATABASES",
    "SHOW VARIABLES",
    "SELECT write_log('x')",
    "SELECT * FROM enable_logging()",
    "SELECT sleep_ms(100000)",
    "SELECT pg_sleep(100)",
    "SELECT nextval('x')",
    "SELECT setval('x', 1)",
    "SELECT setseed(0.5)",
    "CHECKPOINT",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM checkpoint()",
    # what is not a question, or more than one
    "INSERT INTO event SELECT * FROM event",
    "UPDATE note SET text = 'x'",
    "DELETE FROM event",
    "DROP TABLE event",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE x (n INTEGER)",
    "CREATE MACRO steal() AS TABLE SELECT * FROM read_text('/etc/passwd')",
    "CREATE OR REPLACE VIEW note AS SELECT 1",
    "ALTER TABLE event ADD COLUMN x INTEGER",
    "TRUNCATE event",
    "COPY event TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "ATTACH '/tmp/x.duckdb'",
    "DETACH company",
    "USE temp",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '1GB'",
    "SET VARIABLE x = 1",
    "RESET memory_limit",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PREPARE x AS SELECT 1",
    "EXECUTE x",
    "VACUUM",
    "ANALYZE",
    "CREATE SECRET s (TYPE S3)",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE event",
    "SELECT 1;;DELETE FROM event",
    "",
    ";",
    "-- nothing",
    "no sql at all",
    "SELECT '" + "x" * 100_000 + "'",
    # names that shadow
    "WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings()",
    "SELECT (WITH duckdb_logs AS (SELECT 1) SELECT 1) FROM duckdb_logs",
    "WITH sqlite_master AS (SELECT 1) FROM sqlite_master",
    'SELECT (WITH "DuckDB_Databases" AS (SELECT 1) SELECT 1), * FROM duckdb_databases',
    # Python objects and tables nobody has
    "SELECT * FROM note_frame",
    "SELECT * FROM nope",
    "SELECT nope(1)",
]

note_frame = [1, 2, 3]


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: sql[:60])
def test_everything_else_is_refused(log, sql):
    with pytest.raises(QueryRefused):
        log.query(sql)
    assert log.tail.position == 3


def test_a_name_in_one_with_opens_no_file_elsewhere(log):
    with pytest.raises(QueryFailed):
        log.query("""SELECT (WITH "/etc/passwd" AS (SELECT 1) SELECT 1), * FROM '/etc/passwd'""")


def test_a_refusal_is_about_the_statement_not_the_time(log):
    for _ in range(2):
        with pytest.raises(QueryRefused):
            log.query("SELECT getenv('HOME')")


def test_a_question_that_cannot_be_answered_says_why(log):
    with pytest.raises(QueryFailed, match="Could not convert string 'two' to INT32"):
        log.query("SELECT text::INTEGER FROM note")
    with pytest.raises(QueryFailed, match="nope"):
        log.query("SELECT nope FROM note")
    with pytest.raises(QueryFailed, match="interval that is too long"):
        log.query("SELECT INTERVAL 100000000 YEAR")
    assert log._database.failed is None


def test_a_question_has_a_limit_of_rows(log, monkeypatch):
    monkeypatch.setattr(durable_module, "MAX_ROWS", 10)
    assert len(log.query("FROM range(10)")) == 10
    with pytest.raises(QueryFailed, match="more than 10 rows"):
        log.query("FROM range(11)")


def test_a_question_has_a_limit_of_time(log, monkeypatch):
    monkeypatch.setattr(durable_module, "TIMEOUT_S", 0.2)
    started = time.monotonic()
    with pytest.raises(QueryFailed, match=r"longer than 0\.2 s"):
        log.query("SELECT count(*) FROM range(100000000) a, range(1000) b WHERE a.range % 7 = b.range % 5")
    assert time.monotonic() - started < 3
    assert log.query("SELECT 1").rows == [(1,)]


def test_an_answer_tells_its_columns_and_types(log):
    rows = log.query("SELECT stream, balance FROM account")
    assert (rows.columns, rows.types) == (("stream", "balance"), ("VARCHAR", "DECIMAL(38,4)"))
    assert rows.one() == {"stream": "account/giro", "balance": rows.rows[0][1]}
    assert log.query("SELECT 1 WHERE false").one() is None
