//! Loading what commands about links between people and memberships are decided on.

use diesel::prelude::*;
use gym_core::id::MemberId;
use gym_core::membership::link::Bond;

use crate::error::StoreError;
use crate::load::{Load, fetch};
use crate::membership::LinkRow;
use crate::row::id;
use crate::schema::*;

impl Load<'_> {
    pub(super) fn linking(&mut self, person: MemberId, bond: Bond) -> Result<(), StoreError> {
        match bond {
            Bond::Guardian(ward) => {
                self.lock_members([&person, &ward])?;
                self.plain_member(ward)?;
            }
            Bond::Payer(of) => self.membership(of)?,
            Bond::Beneficiary(of) => {
                let member = memberships::table.find(of.get()).select(memberships::member_id);
                let member: Vec<i64> = fetch!(self, member);
                let people = member.into_iter().map(id).chain([person]).collect();
                self.lock_members(&people)?;
                self.membership(of)?;
                self.holdings(&people)?;
            }
        }
        self.plain_member(person)?;
        if let Some(home) = self.club.members.get(person).map(|it| it.home) {
            self.location(home)?;
        }
        let links = membership_links::table.filter(membership_links::person_id.eq(person.get()));
        into!(self, links, LinkRow, links);
        Ok(())
    }

    pub(super) fn ending_link(&mut self, link: i64) -> Result<(), StoreError> {
        into!(self, links, LinkRow, membership_links::table.find(link));
        let Some(link) = self.club.links.get(id(link)).cloned() else {
            return Ok(());
        };
        if let Some(of) = link.bond.membership() {
            self.membership(of)?;
        }
        if link.bond.ward().is_some() {
            self.lock_members([&link.person])?;
        }
        self.plain_member(link.person)?;
        let home = self.club.members.get(link.person).map(|it| it.home);
        self.maybe_location(home)?;
        into!(self, links, LinkRow, membership_links::table.find(link.id.get()));
        Ok(())
    }
}
