#!/usr/bin/env python3
"""Golden vectors of student-discount: requests from a seed, with the answer that every language must give, byte for byte.

The answers come from this file alone: the rule again, in exact fractions, so that no plugin is right by definition.
A line is {"answer":..,"request":..,"settings":..} as canonical JSON: sorted keys, no spaces. Half a megabyte of it is
written where it is needed; what is in the repository is its digest beside this file, so that no vector changes unseen.

    make.py FILE
"""

import hashlib
import json
import sys
from fractions import Fraction
from math import floor
from pathlib import Path

DIGEST = Path(__file__).with_name("vectors.sha256")
VECTORS, SEED, LARGEST = 240, 20261122, 2**53 - 1
SETTINGS = [
    {},
    {"percent": 12.5, "most": 500},
    {"percent": "33.33", "label": "Студенческая скидка 🎓 \"½\" \\"},
    {"percent": 100, "most": 4294967295},
    {"percent": 0.01, "most": 1},
    {},
    {"most": 1_500, "percent": 25},
    {"percent": "0"},
]
KINDS = ["membership", "class-booking", "personal-session", "pass", "product", "fee"]
TAGS = ["senior", "student", "étudiant", "学生", "👩‍🎓", "students", "Student", ""]
WORDS = ["", "a", "Zürich", "naïve \u0000 text", "line\nbreak\ttab", "\u007f\u0080\uffff", "𝄞" * 9, '"quoted" \\ /']


class Chance:
    """SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the same everywhere."""

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        mixed = (self.state ^ self.state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
        return mixed ^ mixed >> 31

    def below(self, end):
        return self.bits() * end >> 64

    def one_of(self, values):
        return values[self.below(len(values))]

    def in_100(self, share):
        return self.below(100) < share


def amount(chance):
    kind = chance.below(10)
    if kind == 0:
        return chance.one_of([0, 1, 2, 4, 5, 6, 49, 50, 51])
    if kind == 1:
        return LARGEST - chance.below(20_000)
    if kind == 2:
        return chance.below(LARGEST)
    return chance.below(30_000)


def date(chance):
    return {"year": 1990 + chance.below(60), "month": 1 + chance.below(12), "day": 1 + chance.below(28)}


def fact(chance, currency):
    value = [
        lambda: {"text": chance.one_of(WORDS)},
        lambda: {"whole": chance.below(2**53) * (1 - 2 * chance.below(2))},
        lambda: {"ratio": chance.below(20_001) - 10_000},
        lambda: {"flag": chance.in_100(50)},
        lambda: {"day": date(chance)},
        lambda: {"amount": {"minor-units": chance.below(10_000), "currency": currency}},
    ]
    return {"key": f"fact.{chance.below(9)}", "value": chance.one_of(value)()}


def facts(chance, currency):
    return [fact(chance, currency) for _ in range(chance.below(3))]


def line(chance, number, currency):
    line = {
        "line-id": number,
        "kind": chance.one_of(KINDS),
        "tax-code": chance.one_of(["membership", "class", "food"]),
        "list-price": {"minor-units": amount(chance), "currency": currency},
        "facts": facts(chance, currency),
    }
    if chance.in_100(2):
        line["list-price"]["currency"] = chance.one_of(["USD", "XTS"])
    if chance.in_100(40):
        line["days"] = {"first": date(chance), "last": date(chance)}
    if chance.in_100(50):
        places = chance.below(40)
        line["occasion"] = {
            "day": date(chance),
            "weekday": 1 + chance.below(7),
            "minute": chance.below(1440),
            "places": places,
            "taken": chance.below(places + 1),
        }
    return line


def request(chance):
    currency = chance.one_of(["EUR", "JPY", "KWD"])
    count = 60 if chance.in_100(3) else 1 + chance.below(7)
    request = {
        "lines": [line(chance, number, currency) for number in range(count)],
        "context": {
            "today": date(chance),
            "location": chance.one_of(WORDS),
            "currency": currency,
            "seed": chance.bits(),
            "facts": facts(chance, currency),
        },
    }
    if chance.in_100(92):
        tags = {chance.one_of(TAGS) for _ in range(chance.below(4))} | ({"student"} if chance.in_100(88) else set())
        request["member"] = {
            "subject": f"{chance.bits():016x}",
            "tags": sorted(tags),
            "facts": facts(chance, currency),
        }
    return request


def answer(settings, request):
    """The rule, once more."""
    share = Fraction(str(settings.get("percent", 10))) / 100
    points, most = int(share * 10_000), settings.get("most", 0)
    context, adjustments, saved = request["context"], [], 0
    if "student" not in request.get("member", {}).get("tags", []):
        return {"ok": {"adjustments": [], "facts": []}}
    for line in request["lines"]:
        price = line["list-price"]
        if line["kind"] not in ("membership", "class-booking", "pass"):
            continue
        if price["currency"] != context["currency"]:
            return refusal(f"line {line['line-id']}: {price['currency']} is not accepted; expected {context['currency']}")
        off = floor(price["minor-units"] * share + Fraction(1, 2))
        change = {"percent-off": points}
        if most and off > most:
            off, change = most, {"amount-off": {"minor-units": most, "currency": context["currency"]}}
        if off == 0:
            continue
        if saved + off > LARGEST:
            return refusal(f"a sum from {saved} {context['currency']}: expected at most {LARGEST} minor units")
        saved += off
        adjustments.append({
            "line-id": line["line-id"],
            "reason-code": "student",
            "label": settings.get("label", "Student discount"),
            "change": change,
            "exclusive-group": "concession",
            "priority": points,
        })
    if not adjustments:
        return {"ok": {"adjustments": [], "facts": []}}
    total = {"amount": {"minor-units": saved, "currency": context["currency"]}}
    return {"ok": {
        "adjustments": adjustments,
        "explanation": f"{len(adjustments)} of {len(request['lines'])} lines",
        "facts": [{"key": "student.saved", "value": total}],
    }}


def refusal(message):
    return {"err": {"code": "invalid-input", "message": message}}


def vectors():
    chance = Chance(SEED)
    for _ in range(VECTORS):
        settings, asked = chance.one_of(SETTINGS), request(chance)
        vector = {"answer": answer(settings, asked), "request": asked, "settings": settings}
        yield json.dumps(vector, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    text = "".join(vectors()).encode()
    if hashlib.sha256(text).hexdigest() != DIGEST.read_text().strip():
        sys.exit(f"make.py: the vectors are not those of {DIGEST.name}")
    Path(sys.argv[1]).write_bytes(text)


if __name__ == "__main__":
    main()
