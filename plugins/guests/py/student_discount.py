"""Students pay less for memberships, passes and classes: the rule of ../student-discount, in Python."""

import json
import re
from typing import Callable, NoReturn, Optional

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.lifecycle import Info
from wit_world.imports import pricing_types, settings
from wit_world.imports.pricing_types import (
    Adjustment,
    Change_AmountOff,
    Change_PercentOff,
    ItemKind,
    Quote,
    QuoteRequest,
)
from wit_world.imports.types import Fact, FactValue_Amount, Failure, FailureCode, Money

LARGEST = 2**53 - 1
FOR_STUDENTS = (ItemKind.MEMBERSHIP, ItemKind.CLASS_BOOKING, ItemKind.PASS)

Get = Callable[[str], Optional[str]]


def fail(code: FailureCode, message: str) -> NoReturn:
    raise Err(Failure(code, message))


class Rule:
    """The settings of an installation: hundredths of a percent, minor units, a line for the invoice."""

    def __init__(self, get: Get) -> None:
        percent = "a percentage from 0 to 100 with at most two decimals, such as 12.5"
        self.points = setting(get, "percent", 1_000, percent, share)
        self.most = setting(get, "most", 0, "a whole number from 0 to 4294967295", whole)
        words = "1 to 200 bytes without control characters"
        self.label = setting(get, "label", "Student discount", words, label)

    def change(self, price: Money) -> tuple[int, pricing_types.Change]:
        """What is taken off, and how: the share, or the most if the share is more."""
        off = part(price.minor_units, self.points)
        if self.most == 0 or off <= self.most:
            return off, Change_PercentOff(self.points)
        return self.most, Change_AmountOff(Money(self.most, price.currency))


def setting(get: Get, key: str, default, expected: str, parse):
    text = get(key)
    if text is None:
        return default
    value = parse(text)
    if value is None:
        fail(FailureCode.INVALID_CONFIG, f"setting {key}: {text} is not accepted; expected {expected}")
    return value


def share(text: str) -> Optional[int]:
    parts = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]{1,2}))?", text)
    # Python refuses to read more than 4300 digits.
    if parts is None or len(text) > 4_000:
        return None
    points = int(parts[2]) * 100 + int((parts[3] or "0").ljust(2, "0"))
    return points if points <= 10_000 and (not parts[1] or points == 0) else None


def whole(text: str) -> Optional[int]:
    if re.fullmatch(r"[0-9]+", text) is None or len(text) > 4_000:
        return None
    return int(text) if int(text) <= 0xFFFF_FFFF else None


def label(text: str) -> Optional[str]:
    fits = 1 <= len(text.encode()) <= 200
    return text if fits and not any(ord(it) < 0x20 or ord(it) == 0x7F for it in text) else None


def part(amount: int, points: int) -> int:
    """A share of an amount, rounded once, halves away from zero."""
    size = (abs(amount) * points + 5_000) // 10_000
    return -size if amount < 0 else size


def quote(request: QuoteRequest) -> Quote:
    rule = Rule(settings.get)
    adjustments, saved, currency = [], 0, request.context.currency
    if request.member is None or "student" not in request.member.tags:
        return Quote([], None, [])
    for line in request.lines:
        if line.kind not in FOR_STUDENTS:
            continue
        if line.list_price.currency != currency:
            other = line.list_price.currency
            fail(FailureCode.INVALID_INPUT, f"line {line.line_id}: {other} is not accepted; expected {currency}")
        off, change = rule.change(line.list_price)
        if off <= 0:
            continue
        if saved + off > LARGEST:
            why = f"a sum from {saved} {currency}: expected at most {LARGEST} minor units"
            fail(FailureCode.INVALID_INPUT, why)
        saved += off
        adjustments.append(Adjustment(line.line_id, "student", rule.label, change, "concession", rule.points))
    if not adjustments:
        return Quote([], None, [])
    explanation = f"{len(adjustments)} of {len(request.lines)} lines"
    return Quote(adjustments, explanation, [Fact("student.saved", FactValue_Amount(Money(saved, currency)))])


def told(run):
    """What is raised and is no failure would end as a trap without a word."""
    try:
        return run()
    except Err:
        raise
    except Exception as error:
        raise Err(Failure(FailureCode.INTERNAL, f"{type(error).__name__}: {error}")) from error


def check(config: str) -> None:
    given = json.loads(config)
    known = ["label", "most", "percent"]
    for key in given:
        if key not in known:
            fail(FailureCode.INVALID_CONFIG, f"setting {key}: unknown; expected {', '.join(known)}")
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    texts = {key: it if isinstance(it, str) else json.dumps(it, **compact) for key, it in given.items()}
    Rule(texts.get)


class Lifecycle(exports.Lifecycle):
    def describe(self) -> Info:
        return Info("student-discount-py", "1.0.0", "gym")

    def check_config(self, config: str) -> None:
        told(lambda: check(config))


class Pricing(exports.Pricing):
    def quote_price(self, request: QuoteRequest) -> Quote:
        return told(lambda: quote(request))
