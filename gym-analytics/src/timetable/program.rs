//! The question as a linear program: a variable for each class in a room, one for each class with a trainer.

use super::Question;

/// One choice of the program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Choice {
    Room {
        kind: usize,
        slot: usize,
        room: usize,
    },
    Trainer {
        kind: usize,
        slot: usize,
        trainer: usize,
    },
}

/// A sum of choices between two bounds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) least: f64,
    pub(super) most: f64,
}

/// Choices between 0 and 1, what each is worth, and the rows that hold them together.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    pub(super) choices: Vec<Choice>,
    pub(super) worth: Vec<f64>,
    pub(super) rows: Vec<Row>,
}

impl Program {
    /// Leaves out what nobody can teach.
    pub(super) fn of(question: &Question) -> Self {
        let mut program = Self::default();
        let can = |trainer: usize, kind: usize, slot: usize| {
            let trainer = &question.trainers[trainer];
            trainer.most > 0 && trainer.teaches.contains(&kind) && trainer.free.contains(&slot)
        };
        for kind in 0..question.kinds.len() {
            for slot in 0..question.slots.len() {
                let all = 0..question.trainers.len();
                let trainers: Vec<usize> = all.filter(|&trainer| can(trainer, kind, slot)).collect();
                if !trainers.is_empty() && question.kinds[kind].most > 0 {
                    program.offer(question, kind, slot, &trainers);
                }
            }
        }
        program.kinds(question);
        program.rooms_and_trainers(question);
        program
    }

    /// One class: as often in a room as with a trainer, at most once.
    fn offer(&mut self, question: &Question, kind: usize, slot: usize, trainers: &[usize]) {
        let mut same = Vec::new();
        let first = self.choices.len();
        for room in 0..question.rooms.len() {
            same.push((self.choices.len(), 1.0));
            self.choices.push(Choice::Room { kind, slot, room });
            self.worth.push(question.gain(kind, slot, room).unwrap_or(0.0));
        }
        let once = (first..self.choices.len()).map(|at| (at, 1.0)).collect();
        for &trainer in trainers {
            same.push((self.choices.len(), -1.0));
            self.choices.push(Choice::Trainer { kind, slot, trainer });
            self.worth.push(-question.trainers[trainer].cost);
        }
        self.row(once, 0.0, 1.0);
        self.row(same, 0.0, 0.0);
    }

    fn row(&mut self, terms: Vec<(usize, f64)>, least: f64, most: f64) {
        let always = least <= 0.0 && terms.iter().all(|term| term.1 > 0.0) && terms.len() as f64 <= most;
        if !always {
            self.rows.push(Row { terms, least, most });
        }
    }

    fn chosen(&self, is_in: impl Fn(&Choice) -> bool) -> Vec<(usize, f64)> {
        let all = self.choices.iter().enumerate();
        all.filter(|(_, choice)| is_in(choice))
            .map(|(at, _)| (at, 1.0))
            .collect()
    }

    fn kinds(&mut self, question: &Question) {
        for (at, kind) in question.kinds.iter().enumerate() {
            let terms = self.chosen(|choice| matches!(choice, Choice::Room { kind, .. } if *kind == at));
            self.row(terms, kind.least.into(), kind.most.into());
        }
    }

    /// Whoever holds classes at one moment holds one; moments at which a slot starts are enough.
    fn rooms_and_trainers(&mut self, question: &Question) {
        let mut starts: Vec<u32> = question.slots.iter().map(|slot| slot.starts).collect();
        starts.sort_unstable();
        starts.dedup();
        let at = |slot: usize, minute: u32| question.slots[slot].covers(minute);
        for minute in starts {
            for mine in 0..question.rooms.len() {
                let terms = self.chosen(
                    |choice| matches!(choice, Choice::Room { slot, room, .. } if *room == mine && at(*slot, minute)),
                );
                self.row(terms, 0.0, 1.0);
            }
            for mine in 0..question.trainers.len() {
                let terms = self.chosen(
                    |choice| matches!(choice, Choice::Trainer { slot, trainer, .. } if *trainer == mine && at(*slot, minute)),
                );
                self.row(terms, 0.0, 1.0);
            }
        }
        for (mine, trainer) in question.trainers.iter().enumerate() {
            let terms =
                self.chosen(|choice| matches!(choice, Choice::Trainer { trainer, .. } if *trainer == mine));
            self.row(terms, 0.0, trainer.most.into());
        }
    }
}
