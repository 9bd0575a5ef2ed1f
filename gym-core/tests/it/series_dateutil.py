"""Expands the recurrence rules of a file with python-dateutil.

A line of the input is `start TAB zone TAB rule`; a line of the output holds the first civil starts,
separated by commas, or `!` where dateutil leaves its own tables. Rules whose UNTIL is UTC are expanded in their zone, the others without one.
"""

import datetime
import itertools
import sys
import zoneinfo

from dateutil.rrule import rrulestr

LIMIT = 40
# dateutil looks for starts up to this year; without it, a rule that never occurs takes seconds.
datetime.MAXYEAR = 2040


def starts(line: str) -> str:
    start, zone, rule = line.rstrip("\n").split("\t")
    first = datetime.datetime.fromisoformat(start)
    if any(part.startswith("UNTIL=") and part.endswith("Z") for part in rule.split(";")):
        first = first.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    found = itertools.islice(rrulestr(rule, dtstart=first), LIMIT)
    try:
        return ",".join(at.replace(tzinfo=None).isoformat() for at in found)
    except IndexError:
        return "!"


def main() -> None:
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as cases, open(target, "w", encoding="utf-8") as found:
        for line in cases:
            found.write(starts(line) + "\n")


if __name__ == "__main__":
    main()
