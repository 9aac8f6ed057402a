"""Reads a run's Parquet files with pyarrow and DuckDB and holds them against its CSV files.

usage: read_parquet.py RUN    (exit code 1 and a message where they differ)
"""

import csv
import statistics
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

KEYS = ["scenario", "area", "year", "measure", "need", "setting", "age_group", "unit"]
NUMBERS = ["principal", "mean", "sd", "p05", "p10", "p25", "p50", "p75", "p90", "p95"]


def fail(message):
    print(f"FAIL  {message}")
    sys.exit(1)


def check_table(run, name):
    """Every cell of the Parquet file is the CSV file's, in its order."""
    table = pq.read_table(run / f"{name}.parquet")
    if table.column_names != KEYS + NUMBERS:
        fail(f"{name}.parquet has the columns {table.column_names}")
    columns = {column: table.column(column).to_pylist() for column in table.column_names}
    with open(run / f"{name}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != table.num_rows:
        fail(f"{name}.parquet has {table.num_rows} rows, {name}.csv {len(rows)}")
    for place, row in enumerate(rows):
        for column in KEYS:
            if str(columns[column][place]) != row[column]:
                fail(f"{name} row {place}: {column} is {columns[column][place]}, not {row[column]}")
        for column in NUMBERS:
            told = float(row[column]) if row[column] else None
            if columns[column][place] != told:
                fail(f"{name} row {place}: {column} is {columns[column][place]}, not {told}")
    metadata = {key.decode(): value.decode() for key, value in pq.read_schema(run / f"{name}.parquet").metadata.items()}
    for key in ["version", "run", "area", "base_year", "years", "replicates", "seed", "scenarios", "holds"]:
        if not metadata.get(f"needscast.{key}"):
            fail(f"{name}.parquet has no metadata {key}")
    print(f"ok    {name}.parquet: {table.num_rows} rows as in {name}.csv, run {metadata['needscast.run']}")
    return rows


def check_query(run, rows):
    """DuckDB adds up what Python does."""
    query = f"select count(*), sum(p50) from '{run / 'forecast.parquet'}' where measure = 'plans' and setting <> 'all'"
    count, total = duckdb.sql(query).fetchall()[0]
    wanted = [float(row["p50"]) for row in rows if row["measure"] == "plans" and row["setting"] != "all" and row["p50"]]
    if abs((total or 0) - sum(wanted)) > 1e-6 * max(1, sum(wanted)):
        fail(f"DuckDB sums {total}, the CSV file {sum(wanted)}")
    print(f"ok    DuckDB: {count} rows of plans by setting, sum of medians {total:.1f}")


def check_draws(run, rows):
    """The draws of a figure have the mean and the median that the forecast tells."""
    files = sorted((run / "draws").glob("*.parquet"))
    if not files:
        print("skip  draws: this run kept none")
        return
    told = {tuple(row[key] for key in KEYS): row for row in rows}
    checked = 0
    for file in files:
        table = pq.read_table(file)
        columns = [table.column(key).to_pylist() for key in KEYS]
        futures = {len(draws) for draws in table.column("draws").to_pylist()}
        if len(futures) != 1:
            fail(f"{file.name}: figures have {sorted(futures)} futures")
        for place in range(0, table.num_rows, 97):
            key = tuple(str(column[place]) for column in columns)
            row = told.get(key)
            if row is None or not row["mean"]:
                continue
            draws = table.column("draws")[place].as_py()
            for name, value in [("mean", statistics.fmean(draws)), ("p50", statistics.median(draws))]:
                if abs(value - float(row[name])) > 0.051:
                    fail(f"{file.name} {key}: the draws have {name} {value}, the forecast {row[name]}")
            checked += 1
    if checked == 0:
        fail("no draws could be held against the forecast")
    print(f"ok    draws: {len(files)} scenarios, {checked} figures with the mean and median of the forecast")


def main():
    run = Path(sys.argv[1])
    rows = check_table(run, "forecast")
    check_table(run, "differences")
    check_query(run, rows)
    check_draws(run, rows)


main()
