//! A card: a provider that charges at once, and declines while the card is empty.

use std::cell::Cell;

use gym_core::billing::payment::{Decline, ProviderKey, Told};
use gym_core::billing::provider::{Charge, Notice, PaymentProvider, Return};
use gym_core::time::Instant;

/// A card that has no money on it for a while.
pub(crate) struct Card {
    pub(crate) empty: Cell<bool>,
    pub(crate) now: Cell<Instant>,
}

impl Card {
    fn says(&self, key: &ProviderKey, told: Told) -> Notice {
        Notice {
            key: key.clone(),
            told,
            at: self.now.get(),
            reference: None,
        }
    }
}

impl PaymentProvider for Card {
    fn name(&self) -> &str {
        "card"
    }

    fn charge(&self, charge: &Charge) -> Notice {
        let told = if self.empty.get() {
            Told::Declined(Decline::Soft)
        } else {
            Told::Settled
        };
        self.says(&charge.key, told)
    }

    fn look_up(&self, key: &ProviderKey) -> Notice {
        self.says(key, Told::Absent)
    }

    fn give_back(&self, back: &Return) -> Notice {
        self.says(&back.key, Told::Settled)
    }
}
