#!/usr/bin/env python3
"""Eleven features of ten million check-ins by polars, DuckDB and pandas, and by gym-analytics, on one core in one run.

    python3 benches/peers/features.py

Makes its own environment in target/peers, and the same kind of rows for all: random members, twelve places of one zone,
two years. The peers are given civil days and hours as columns, which gym-analytics finds from the zone itself; it computes
all of its features, and polars also those that come from visits. Its program runs polars for Rust as well. Times are of the
processor.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "target" / "peers"
NEEDS = ["pandas==3.1.1", "polars==2.1.0", "duckdb==2.0.0", "pyarrow==26.0.1"]
MEMBERS = 97_885
DAYS = 730


def environment():
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
    if Path(sys.prefix) != PEERS:
        os.environ.update({"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"})
        os.execv(python, [python, *sys.argv])


def timed(name, run):
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        rows = run()
        best = min(best, time.process_time() - start)
    print(f"{name} {best:.3f} s, {rows} members", flush=True)
    return best


def rows(count):
    import numpy

    draw = numpy.random.default_rng(7)
    at = numpy.sort(draw.integers(0, DAYS * 86_400, count))
    return {
        "member": draw.integers(0, MEMBERS, count).astype("uint32"),
        "place": draw.integers(0, 12, count).astype("uint8"),
        "ago": (DAYS - 1 - at // 86_400).astype("int32"),
        "hour": (at % 86_400 // 3_600).astype("uint8"),
        "minutes": draw.integers(20, 117, count).astype("float32"),
    }


def by_polars(frame, full):
    import polars as pl

    ago, hour = pl.col("ago"), pl.col("hour")
    year = ago < 364
    exprs = [pl.len().alias("visits"), ago.min().alias("last"), ago.max().alias("first"), pl.col("place").n_unique()]
    exprs += [(ago < days).sum().alias(f"visits_{days}") for days in (7, 28, 91, 182)]
    exprs += [pl.col("minutes").mean(), (hour < 9).sum().alias("early"), ((hour >= 16) & (hour < 20)).sum().alias("evening")]
    if not full:
        return lambda: frame.lazy().group_by("member").agg(exprs).collect().height
    distinct = [ago.filter(ago < days).n_unique().alias(f"days_{days}") for days in (7, 28, 91, 182, 364)]
    weeks = (ago // 7).filter(year)
    days = ago.filter(ago < 91).unique().sort()
    counts = ago.filter(ago < 84).unique() // 7
    more = [
        (hour >= 20).sum().alias("late"),
        ago.filter(year & ((ago + 1) % 7 < 2)).n_unique().alias("weekend"),
        weeks.unique().sort().alias("weeks"),
        (days.diff().max() - 1).alias("gap"),
        counts.n_unique().alias("active"),
        counts.unique_counts().cast(pl.Float64).std().alias("sd"),
    ]
    streak = pl.col("weeks").list.eval(pl.element() == pl.int_range(pl.len())).list.sum().alias("streak")
    return lambda: frame.lazy().group_by("member").agg(exprs + distinct + more).with_columns(streak).collect().height


def by_duckdb(frame):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.register("seen", frame.to_arrow())
    connection.execute("CREATE TABLE visits AS SELECT * FROM seen")
    windows = ", ".join(f"count(*) FILTER (ago < {days})" for days in (7, 28, 91, 182))
    query = f"""SELECT member, count(*), min(ago), max(ago), count(DISTINCT place), {windows}, avg(minutes),
                count(*) FILTER (hour < 9), count(*) FILTER (hour >= 16 AND hour < 20) FROM visits GROUP BY member"""
    return lambda: len(connection.execute(query).to_arrow_table())


def by_pandas(columns):
    import pandas

    def run():
        frame = pandas.DataFrame(columns)
        for days in (7, 28, 91, 182):
            frame[f"v{days}"] = frame["ago"] < days
        frame["early"] = frame["hour"] < 9
        frame["evening"] = (frame["hour"] >= 16) & (frame["hour"] < 20)
        groups = frame.groupby("member", sort=False)
        sums = groups[["v7", "v28", "v91", "v182", "early", "evening"]].sum()
        rest = groups.agg(last=("ago", "min"), first=("ago", "max"), n=("ago", "size"), m=("minutes", "mean"), p=("place", "nunique"))
        return len(sums.join(rest))

    return run


def main():
    environment()
    import polars

    columns = rows(10_000_000)
    frame = polars.DataFrame(columns)
    theirs = {
        "polars, 11 features": timed("polars, 11 features", by_polars(frame, False)),
        "polars, all features of visits": timed("polars, all features of visits", by_polars(frame, True)),
        "DuckDB, 11 features": timed("DuckDB, 11 features", by_duckdb(frame)),
        "pandas, 11 features": timed("pandas, 11 features", by_pandas(columns)),
    }
    command = ["cargo", "bench", "--offline", "-p", "gym-analytics", "--bench", "features"]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    ours = float(out.strip().splitlines()[-1].split()[1])
    print(out, end="")
    print(f"gym-analytics, all features: {ours:.3f} s")
    for name, seconds in theirs.items():
        print(f"  {seconds / ours:.1f} x {name}")


if __name__ == "__main__":
    main()
