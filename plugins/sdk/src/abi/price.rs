//! Requests and answers of prices.

use super::{List, Maybe, RawFact, RawMoney, Text, plain, record, variant};
use crate::Date;
use crate::pricing::{
    Adjustment, Change, Context, Days, ItemKind, Line, Member, Occasion, Quote, QuoteRequest,
};

plain!(ItemKind Days Occasion);

record!(RawLine of Line {
    line_id: u32,
    kind: ItemKind,
    tax_code: Text,
    list_price: RawMoney,
    days: Maybe<Days>,
    occasion: Maybe<Occasion>,
    facts: List<RawFact>,
} lift);

record!(RawMember of Member { subject: Text, tags: List<Text>, facts: List<RawFact> } lift);

record!(RawContext of Context {
    today: Date,
    location: Text,
    currency: Text,
    seed: u64,
    facts: List<RawFact>,
} lift);

record!(RawQuoteRequest of QuoteRequest {
    lines: List<RawLine>,
    member: Maybe<RawMember>,
    context: RawContext,
} lift);

variant!(RawChange of Change {
    PercentOff(i32),
    PercentSurcharge(i32),
    AmountOff(RawMoney),
    Surcharge(RawMoney),
    SetPrice(RawMoney),
} lower);

record!(RawAdjustment of Adjustment {
    line_id: Maybe<u32>,
    reason_code: Text,
    label: Text,
    change: RawChange,
    exclusive_group: Maybe<Text>,
    priority: i32,
} lower);

record!(RawQuote of Quote {
    adjustments: List<RawAdjustment>,
    explanation: Maybe<Text>,
    facts: List<RawFact>,
} lower);
