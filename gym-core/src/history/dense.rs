//! A [`Dense`] maps ids of a database to positions.

use super::NO_ID;

/// Positions of ids, in the order in which they were added.
///
/// Where the ids lie close together, as those of a database do, looking one up is one step.
///
/// ```
/// use gym_core::history::{Dense, NO_ID};
///
/// let mut members = Dense::default();
/// assert_eq!((members.add(70), members.add(90), members.add(70)), (0, 1, 0));
/// assert_eq!((members.position(90), members.position(80)), (1, NO_ID));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Dense {
    near: Vec<u32>,
    far: std::collections::HashMap<i64, u32>,
    len: u32,
}

/// How many places beyond the ids that were added the direct table may have.
const SLACK: usize = 1 << 20;

impl Dense {
    /// Adds an id and returns its position; that which it has, if it was added before.
    pub fn add(&mut self, id: i64) -> u32 {
        let known = self.position(id);
        if known != NO_ID {
            return known;
        }
        let position = self.len;
        let room = (self.len as usize).saturating_mul(8).saturating_add(SLACK);
        match usize::try_from(id).ok().filter(|at| *at < room) {
            Some(at) => {
                if at >= self.near.len() {
                    self.near.resize(at.saturating_add(1), NO_ID);
                }
                if let Some(place) = self.near.get_mut(at) {
                    *place = position;
                }
            }
            None => {
                self.far.insert(id, position);
            }
        }
        self.len = self.len.saturating_add(1);
        position
    }

    /// Returns the position of an id; [`NO_ID`] if it was not added.
    pub fn position(&self, id: i64) -> u32 {
        let near = usize::try_from(id).ok().and_then(|at| self.near.get(at));
        match near.copied() {
            Some(position) if position != NO_ID => position,
            _ if self.far.is_empty() => NO_ID,
            _ => self.far.get(&id).copied().unwrap_or(NO_ID),
        }
    }

    /// Returns how many ids were added.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether no id was added.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}
