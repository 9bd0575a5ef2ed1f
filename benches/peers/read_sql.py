#!/usr/bin/env python3
"""Rows per second from a database to columns: gym-db against pandas.read_sql, in one run.

    tools/with-postgres python3 benches/peers/read_sql.py

Makes its own environment in target/peers. Both sides read the same two million visits (member, location, entered, left,
the times as instants), five times each, in turns of one database after the other; the best time of each counts.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "target" / "peers"
NEEDS = ["pandas==3.1.1", "sqlalchemy==2.1.9", "psycopg2-binary==2.9.13"]
QUERY = "SELECT id, member_id, location_id, entered_at, left_at FROM visits WHERE area IS NULL ORDER BY id"


def environment():
    """Runs this again with a Python that has what it needs."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
    if Path(sys.prefix) != PEERS:
        os.execv(python, [python, *sys.argv])


def ours(url):
    """Fills the database and reads it; returns rows and seconds."""
    command = ["cargo", "bench", "--offline", "-p", "gym-benches", "--bench", "history", "--", url]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    _, rows, seconds, _ = out.strip().splitlines()[-1].split()
    return int(rows), float(seconds)


def theirs(url):
    import pandas
    import sqlalchemy

    engine = sqlalchemy.create_engine(url)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        with engine.connect() as connection:
            rows = len(pandas.read_sql(sqlalchemy.text(QUERY), connection, parse_dates=["entered_at", "left_at"]))
        best = min(best, time.perf_counter() - start)
    engine.dispose()
    return rows, best


def compare(name, url, peer):
    rows, seconds = ours(url)
    same, pandas = theirs(peer)
    assert rows == same, (rows, same)
    print(f"{name}: gym-db {rows / seconds:,.0f} rows/s, pandas {rows / pandas:,.0f} rows/s: {pandas / seconds:.1f} x", flush=True)


def main():
    environment()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "club.db"
        compare("SQLite", f"sqlite://{path}", f"sqlite:///{path}")
    server = os.environ.get("GYM_TEST_POSTGRES")
    if not server:
        sys.exit("GYM_TEST_POSTGRES: not set; expected a server's URL, as tools/with-postgres sets it")
    import psycopg2

    admin = psycopg2.connect(server)
    admin.autocommit = True
    name = f"gym_bench_{os.getpid()}"
    admin.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        address, _, parameters = server.partition("?")
        url = address.rsplit("/", 1)[0] + f"/{name}" + (f"?{parameters}" if parameters else "")
        compare("PostgreSQL", url, url.replace("postgres://", "postgresql+psycopg2://", 1))
    finally:
        admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
