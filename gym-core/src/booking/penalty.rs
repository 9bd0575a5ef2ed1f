//! What a late cancellation or a no-show leads to: a penalty, with waivers, strikes and bans.

use chrono::Duration;

use super::facts::MemberFacts;
use super::policy::PenaltyRules;
use super::{Ban, Consequence, Offence, Penalty, Registration, Waiver};
use crate::billing::obligation::{Charged, Key, Obligation};
use crate::billing::tax::TaxCode;
use crate::decision::Draft;
use crate::event::Event;
use crate::id::RegistrationId;
use crate::location::Location;
use crate::time::Instant;

impl Penalty {
    /// Whether it counts: as a strike, or as one of those that the policy waives.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.waiver, None | Some(Waiver::Allowance))
    }

    /// Whether it takes the use that the booking held.
    pub fn takes_use(&self) -> bool {
        self.waiver.is_none() && self.consequence == Consequence::Use
    }

    /// Returns what is owed for it at `now`, at the location of the class: its fee, when the time to waive it is over.
    pub fn obligation(&self, location: &Location, now: Instant) -> Option<Obligation> {
        let Consequence::Fee(amount) = self.consequence else {
            return None;
        };
        let due_at = self
            .due_at
            .filter(|due_at| self.waiver.is_none() && *due_at <= now)?;
        let charged = Charged::Penalty(self.id);
        let text = match self.offence {
            Offence::LateCancel => "Late cancellation",
            Offence::NoShow => "Absence",
        };
        Some(Obligation {
            key: Key::Once(charged),
            charged,
            plan: None,
            days: None,
            due_on: location.date(due_at),
            amount,
            tax: TaxCode::fee(),
            text: format!("{text} on {}", location.date(self.at)),
        })
    }
}

/// Records a penalty for a booking: waived while the window's allowance lasts, else a strike, and a ban
/// when there is one strike too many.
///
/// A clock that was put back takes nothing away: what was recorded "later" counts.
pub(super) fn penalise(
    draft: &mut Draft,
    member: &MemberFacts<'_>,
    booked: &Registration,
    offence: Offence,
    now: Instant,
    rules: &PenaltyRules,
) {
    let since = |days: u32| now - Duration::days(i64::from(days));
    let within = |days: u32, penalty: &Penalty| penalty.at > since(days);
    let waived = member.penalties.iter().filter(|penalty| {
        penalty.waiver == Some(Waiver::Allowance) && within(rules.waiver_window_days, penalty)
    });
    let waiver = (waived.count() < rules.waivers as usize).then_some(Waiver::Allowance);
    let id = draft.local();
    let consequence = match offence {
        Offence::LateCancel => rules.late_cancel,
        Offence::NoShow => rules.no_show,
    };
    let (member_id, class) = (member.member.id, booked.class);
    draft.push(Event::Penalised(Penalty {
        id,
        member: member_id,
        class,
        registration: booked.id,
        offence,
        at: now,
        consequence,
        due_at: matches!(consequence, Consequence::Fee(_))
            .then(|| now + Duration::hours(i64::from(rules.fee_after_hours))),
        waiver,
    }));
    let struck = member
        .penalties
        .iter()
        .filter(|penalty| penalty.waiver.is_none() && within(rules.strike_window_days, penalty));
    let one_too_many = rules.strikes > 0 && struck.count() + 1 >= rules.strikes as usize;
    if waiver.is_none() && one_too_many && rules.ban_days > 0 {
        let until = now + Duration::days(i64::from(rules.ban_days));
        let ban = draft.local();
        draft.push(Event::Banned(Ban {
            id: ban,
            member: member_id,
            penalty: id,
            from: now,
            until,
            lifted: false,
        }));
    }
}

/// Whether events penalise a booking with the use that it held.
pub(crate) fn takes_use(events: &[Event], booked: RegistrationId) -> bool {
    let takes = |event: &Event| match event {
        Event::Penalised(penalty) => penalty.registration == booked && penalty.takes_use(),
        _ => false,
    };
    events.iter().any(takes)
}

/// Takes a penalty back, and the bans that it led to.
pub(crate) fn forgive<'a>(
    draft: &mut Draft,
    penalty: &Penalty,
    bans: impl IntoIterator<Item = &'a Ban>,
    waiver: Waiver,
) {
    draft.push(Event::PenaltyWaived {
        penalty: penalty.id,
        waiver,
    });
    for ban in bans
        .into_iter()
        .filter(|ban| ban.penalty == penalty.id && !ban.lifted)
    {
        draft.push(Event::BanLifted { ban: ban.id });
    }
}
