"""Bare endpoints for comparison: the same wire models as POST /test, one row read and two rows committed, no more.

The answer is always the same, but made and written anew each time: no endpoint with these models does less.
"""

import json
import os
import sqlite3
from typing import Any

from fastapi import FastAPI
from sqlalchemy import create_engine, text

from twincast.wire.trials import InterventionTest, InterventionTestRequest

SCHEMA = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS twins (id TEXT PRIMARY KEY, record TEXT);
    CREATE TABLE IF NOT EXISTS tests (at INTEGER PRIMARY KEY, twin TEXT, answer TEXT);
    CREATE TABLE IF NOT EXISTS audit (at INTEGER PRIMARY KEY, action TEXT);
"""


def create_bare() -> FastAPI:
    """Return the app: `/test` as lean as can be, `/usual` as one mostly finds it (a thread, SQLAlchemy).

    BARE_DATABASE names its file, BARE_ANSWER the file of the answer that they always give.
    """
    connection = sqlite3.connect(os.environ["BARE_DATABASE"], check_same_thread=False, isolation_level=None)
    connection.executescript(SCHEMA)
    connection.execute("PRAGMA synchronous = NORMAL")
    with open(os.environ["BARE_ANSWER"], encoding="utf-8") as file:  # noqa: PTH123 - before any request is served
        given: dict[str, Any] = json.load(file)
    connection.execute("INSERT OR REPLACE INTO twins VALUES (?, ?)", (given["digital_twin_id"], json.dumps(given)))
    stored = json.dumps(given)
    values = InterventionTest.model_validate_json(stored).model_dump()
    app = FastAPI()

    @app.post("/test", status_code=201)
    async def test(body: InterventionTestRequest) -> InterventionTest:
        connection.execute("SELECT record FROM twins WHERE id = ?", (body.twin,)).fetchone()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO tests (twin, answer) VALUES (?, ?)", (body.twin, stored))
        connection.execute("INSERT INTO audit (action) VALUES ('test.run')")
        connection.execute("COMMIT")
        return InterventionTest.model_validate(values)

    engine = create_engine(f"sqlite:///{os.environ['BARE_DATABASE']}")

    @app.post("/usual", status_code=201)
    def usual(body: InterventionTestRequest) -> InterventionTest:
        with engine.connect() as reading:
            reading.execute(text("SELECT record FROM twins WHERE id = :twin"), {"twin": body.twin}).fetchone()
        with engine.begin() as writing:
            row = {"twin": body.twin, "answer": stored}
            writing.execute(text("INSERT INTO tests (twin, answer) VALUES (:twin, :answer)"), row)
            writing.execute(text("INSERT INTO audit (action) VALUES ('test.run')"))
        return InterventionTest.model_validate(values)

    return app
