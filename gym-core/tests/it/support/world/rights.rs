//! What lets members in or keeps them out besides bookings: sessions, access, rules, penalties and passes.

use gym_core::booking::policy::{Bound, Limits, Order, Policy, WaitlistRules};
use gym_core::command::Command;
use gym_core::entitlement::{EntitlementCommand as E, Grant, Source};
use gym_core::id::*;

use super::super::lots::{day, eur, from_first_visit, year};
use super::{Step, World};

impl World {
    pub(super) fn rights(&self, step: &Step) -> Command {
        let member = self.members[usize::from(step.member)];
        match step.kind {
            36..=37 => Command::CancelSession {
                session: self.session(step),
            },
            38..=39 => Command::MoveSession {
                session: self.session(step),
                start: self.start(step),
            },
            40 => Command::CompleteSession {
                session: self.session(step),
                attended: step.number.is_multiple_of(2),
            },
            41 => Command::GrantAccess {
                member,
                location: self.soho,
                from: day("2026-03-01"),
                until: step.number.is_multiple_of(3).then(|| day("2026-03-28")),
            },
            42 => {
                let open =
                    |access: &&gym_core::member::Access| access.member == member && access.until.is_none();
                let access = self.gym.club.access.iter().find(open);
                Command::EndAccess {
                    access: access.map_or(AccessId::local(1), |access| access.id),
                    until: day("2026-03-02"),
                }
            }
            43 => Command::SetPolicy {
                location: [None, Some(self.gym.place), Some(self.soho)][usize::from(step.class % 3)],
                policy: self.other_policy(step),
            },
            44 => {
                let open = self
                    .gym
                    .club
                    .penalties
                    .iter()
                    .rev()
                    .find(|it| it.waiver.is_none());
                Command::Entitlement(E::WaivePenalty {
                    penalty: open.map_or(PenaltyId::local(1), |it| it.id),
                    why: "the lift was stuck".to_owned(),
                })
            }
            45 => {
                let lots: Vec<LotId> = self.gym.club.lots.iter().map(|lot| lot.id).collect();
                let lot = lots.get(usize::from(step.number) % lots.len().max(1));
                let lot = *lot.unwrap_or(&LotId::local(1));
                Command::Entitlement(E::Withdraw { lot })
            }
            _ => self.pass(step, member),
        }
    }

    /// Some session, mostly one that stands.
    fn session(&self, step: &Step) -> SessionId {
        let sessions: Vec<_> = self.gym.club.sessions.iter().collect();
        let live = sessions.iter().filter(|it| it.state.is_live());
        let live: Vec<_> = live.collect();
        let at = usize::from(step.number) * 8 + usize::from(step.member);
        live.get(at % live.len().max(1))
            .map_or(SessionId::local(1), |session| session.id)
    }

    fn other_policy(&self, step: &Step) -> Policy {
        let limit = |n: u8| (n > 0).then_some(u32::from(n));
        Policy {
            limits: Limits {
                per_day: limit(step.number % 4),
                concurrent: limit(step.member % 4),
                ..self.policy.limits.clone()
            },
            waitlist: WaitlistRules {
                order: if step.number.is_multiple_of(2) {
                    Order::Fifo
                } else {
                    Order::FitFirst
                },
                closes: Bound::Minutes(u32::from(step.number) * 5),
                ..self.policy.waitlist
            },
            notice_to_open_minutes: u32::from(step.member % 2) * 45,
            ..self.policy.clone()
        }
    }

    /// A pass for one or two, sold or given.
    fn pass(&self, step: &Step, member: MemberId) -> Command {
        let other = self.members[usize::from(step.number % 8)];
        let uses = 1 + u32::from(step.number % 3);
        let terms = if step.number.is_multiple_of(5) {
            from_first_visit(uses, 2)
        } else {
            year(uses)
        };
        let grant = Grant {
            member,
            shared_with: (step.number > 16 && other != member)
                .then_some(other)
                .into_iter()
                .collect(),
            location: self.gym.place,
            terms,
            price: eur(900),
        };
        Command::Entitlement(match step.kind.is_multiple_of(2) {
            true => E::SellPass { grant },
            false => E::Grant {
                grant,
                source: Source::Gift,
            },
        })
    }
}
