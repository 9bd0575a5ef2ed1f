//! A [`Plugin`] that was loaded: who it is, on what terms it runs, and how it is asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use gym_core::billing::pricing::Operation;
use serde_json::{Map, Value};
use wasmtime::component::ComponentExportIndex;

use crate::breaker::{Breaker, Went};
use crate::call::{Function, Guest, Run};
use crate::check;
use crate::contract::{
    Adjustment, Change, Choice, Discount, EarlyLine, Failure, OfferRequest, Quote, QuoteRequest, RankRequest,
    Ranked,
};
use crate::digest::Digest;
use crate::error::{CallError, LoadError};
use crate::grant::{Settings, Tables, Terms};
use crate::home::Secret;
use crate::limits::{Limit, Limits};
use crate::load::prepare::Lifecycle;
use crate::lock::Found;
use crate::state::Phase;
use crate::world::World;

/// The functions that a plugin is for.
#[derive(Debug, Clone)]
pub(crate) enum Functions {
    EarlyPricing {
        quote: ComponentExportIndex,
    },
    Pricing {
        quote: ComponentExportIndex,
    },
    Recommendation {
        rank: ComponentExportIndex,
        choose: ComponentExportIndex,
    },
}

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// A plugin that was loaded. Every call runs in an instance of its own, so that calls know nothing of each other.
pub struct Plugin {
    pub(crate) found: Found,
    pub(crate) file: PathBuf,
    pub(crate) terms: Terms,
    pub(crate) guest: Guest,
    pub(crate) functions: Functions,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) tables: Arc<Tables>,
    pub(crate) breaker: Mutex<Breaker>,
    /// What the breaker knows the time by.
    pub(crate) clock: Clock,
    /// The key of pseudonyms.
    pub(crate) key: Secret,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("found", &self.found)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Plugin {
    /// Returns its id.
    pub fn id(&self) -> &str {
        &self.found.id
    }

    /// Returns what it was found to be.
    pub const fn found(&self) -> &Found {
        &self.found
    }

    /// Returns its file.
    pub const fn file(&self) -> &PathBuf {
        &self.file
    }

    /// Returns on what terms it runs.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns what it may use.
    pub const fn limits(&self) -> &Limits {
        &self.guest.limits
    }

    /// Returns the version and settings of the engine that runs it: fuel is comparable within one of these only.
    pub fn engine(&self) -> &str {
        &self.guest.host.id
    }

    /// Returns the digest of its settings.
    pub fn settings(&self) -> Digest {
        Digest::of(self.guest.settings.json.as_bytes())
    }

    /// Returns the same plugin with other settings, which it is asked about; nothing is compiled again.
    ///
    /// # Errors
    /// If it rejects them.
    pub fn with_settings(&self, settings: &Map<String, Value>) -> Result<Self, LoadError> {
        let guest = Guest {
            settings: Arc::new(Settings::of(settings)),
            ..self.guest.clone()
        };
        self.lifecycle.check(&guest)?;
        let terms = Terms {
            settings: settings.clone(),
            ..self.terms.clone()
        };
        Ok(self.with(guest, terms))
    }

    /// Returns the same plugin with other limits; nothing is compiled again.
    #[must_use]
    pub fn limited(&self, limits: Limits) -> Self {
        let guest = Guest {
            limits: limits.capped(),
            ..self.guest.clone()
        };
        let terms = Terms {
            limits: Some(limits),
            ..self.terms.clone()
        };
        self.with(guest, terms)
    }

    /// Returns the same plugin with a clock of the caller's, by which it is off for a while when it fails too often, as if it
    /// had never failed; for programs that replay or test time. Limits of calls go by the machine's.
    #[must_use]
    pub fn timed_by(&self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            ..self.with(self.guest.clone(), self.terms.clone())
        }
    }

    fn with(&self, guest: Guest, terms: Terms) -> Self {
        Self {
            clock: Arc::clone(&self.clock),
            terms,
            breaker: Mutex::new(Breaker::new(guest.limits.faults)),
            guest,
            found: self.found.clone(),
            file: self.file.clone(),
            functions: self.functions.clone(),
            lifecycle: self.lifecycle.clone(),
            tables: Arc::clone(&self.tables),
            key: self.key.clone(),
        }
    }

    /// Asks for prices in the words of the contract; what the answer says is not checked.
    pub fn quote_price(&self, request: &QuoteRequest) -> Run<Quote> {
        let asked = (request.lines.len(), check::request_bytes(request));
        if let Err(error) = self.fits(asked) {
            return Run::failed(error).measured(asked, check::quote_size);
        }
        self.guarded(|| self.unchecked(request, &self.tables))
            .measured(asked, check::quote_size)
    }

    /// Asks for prices, with the tables of now or of then, and checks the answer: what is not accepted counts as a fault.
    pub(crate) fn priced(
        &self,
        request: &QuoteRequest,
        tables: &Arc<Tables>,
    ) -> Run<(Quote, Vec<Operation>)> {
        let asked = (request.lines.len(), check::request_bytes(request));
        if let Err(error) = self.fits(asked) {
            return Run::failed(error);
        }
        self.guarded(|| {
            self.unchecked(request, tables)
                .measured(asked, check::quote_size)
                .then(|quote| {
                    let checked = check::check_quote(request, &quote, self.limits());
                    checked
                        .map(|operations| (quote, operations))
                        .map_err(|why| self.bad(why))
                })
                .kept(self, |(quote, _)| quote)
        })
    }

    fn unchecked(&self, request: &QuoteRequest, tables: &Arc<Tables>) -> Run<Quote> {
        match &self.functions {
            Functions::Pricing { quote } => {
                let run = self.guest.run::<_, (Result<Quote, Failure>,)>(
                    self.call(quote, request.lines.len()),
                    tables,
                    (request,),
                );
                run.then(|(answer,)| answer.map_err(|failure| self.declined(failure)))
            }
            Functions::EarlyPricing { quote } => self.early(quote, request, tables),
            Functions::Recommendation { .. } => Run::failed(self.other_world("prices")),
        }
    }

    /// Asks a plugin of 0.1, in its words.
    fn early(
        &self,
        quote: &ComponentExportIndex,
        request: &QuoteRequest,
        tables: &Arc<Tables>,
    ) -> Run<Quote> {
        let line = |line: &crate::contract::Line| EarlyLine {
            line_id: line.line_id,
            minor_units: line.list_price.minor_units,
        };
        let lines: Vec<EarlyLine> = request.lines.iter().map(line).collect();
        let function = self.call(quote, lines.len());
        let run = self.guest.run::<_, (Result<Vec<Discount>, String>,)>(
            function,
            tables,
            (request.context.currency.as_str(), lines.as_slice()),
        );
        run.then(|(answer,)| match answer {
            Ok(discounts) => Ok(Quote {
                adjustments: discounts.into_iter().map(adjustment).collect(),
                ..Quote::default()
            }),
            Err(message) => Err(self.declined(Failure {
                // It says in one line why it cannot, and has no codes.
                code: crate::contract::FailureCode::Unsupported,
                message,
            })),
        })
    }

    /// Asks for a ranking of workouts in the words of the contract.
    pub fn rank_workouts(&self, request: &RankRequest) -> Run<Vec<Ranked>> {
        self.rank_with(request, &self.tables)
    }

    pub(crate) fn rank_with(&self, request: &RankRequest, tables: &Arc<Tables>) -> Run<Vec<Ranked>> {
        let asked = (request.candidates.len(), check::rank_bytes(request));
        if let Err(error) = self.fits(asked) {
            return Run::failed(error).measured(asked, |ranked: &Vec<Ranked>| check::ranked_size(ranked));
        }
        self.guarded(|| {
            let Functions::Recommendation { rank, .. } = &self.functions else {
                return Run::failed(self.other_world("recommendations"));
            };
            let run = self.guest.run::<_, (Result<Vec<Ranked>, Failure>,)>(
                self.call(rank, asked.0),
                tables,
                (request,),
            );
            run.then(|(answer,)| answer.map_err(|failure| self.declined(failure)))
                .measured(asked, |ranked: &Vec<Ranked>| check::ranked_size(ranked))
                .then(|ranked| check::check_ranked(request, ranked).map_err(|why| self.bad(why)))
                .kept(self, |ranked| ranked)
        })
    }

    /// Asks for a choice of offers in the words of the contract.
    pub fn choose_offers(&self, request: &OfferRequest) -> Run<Vec<Choice>> {
        self.choose_with(request, &self.tables)
    }

    pub(crate) fn choose_with(&self, request: &OfferRequest, tables: &Arc<Tables>) -> Run<Vec<Choice>> {
        let asked = (request.offer_codes.len(), check::offer_bytes(request));
        if let Err(error) = self.fits(asked) {
            return Run::failed(error).measured(asked, |chosen: &Vec<Choice>| check::chosen_size(chosen));
        }
        self.guarded(|| {
            let Functions::Recommendation { choose, .. } = &self.functions else {
                return Run::failed(self.other_world("recommendations"));
            };
            let run = self.guest.run::<_, (Result<Vec<Choice>, Failure>,)>(
                self.call(choose, asked.0),
                tables,
                (request,),
            );
            run.then(|(answer,)| answer.map_err(|failure| self.declined(failure)))
                .measured(asked, |chosen: &Vec<Choice>| check::chosen_size(chosen))
                .then(|chosen| check::check_choices(request, chosen).map_err(|why| self.bad(why)))
                .kept(self, |chosen| chosen)
        })
    }

    fn call<'f>(&self, index: &'f ComponentExportIndex, items: usize) -> Function<'f> {
        Function {
            index,
            phase: Phase::Call,
            fuel: self.limits().fuel_for(items),
        }
    }

    /// Runs a call if the breaker lets it, and tells the breaker how it went.
    fn guarded<T>(&self, call: impl FnOnce() -> Run<T>) -> Run<T> {
        if let Err(error) = self.guest.at_home() {
            return Run::failed(error);
        }
        let admitted = self.breaker(|breaker| breaker.admit((self.clock)()));
        let ticket = match admitted {
            Ok(ticket) => ticket,
            Err(time) => {
                return Run::failed(CallError::Off {
                    plugin: self.found.id.clone(),
                    seconds: time.as_secs().saturating_add(1),
                });
            }
        };
        let run = call();
        let went = run.answer.as_ref().map_or_else(CallError::went, |_| Went::Well);
        self.breaker(|breaker| breaker.saw(ticket, went, (self.clock)()));
        run
    }

    fn breaker<T>(&self, f: impl FnOnce(&mut Breaker) -> T) -> T {
        f(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says whether a request can be sent at all; nothing is locked before that is known.
    fn fits(&self, (items, bytes): (usize, usize)) -> Result<(), CallError> {
        self.guest.at_home()?;
        let limits = self.limits();
        let checks = [
            (Limit::Items, items as u64, u64::from(limits.items)),
            (Limit::Input, bytes as u64, limits.input_bytes),
        ];
        match checks.into_iter().find(|(_, used, allowed)| used > allowed) {
            Some((limit, used, allowed)) => Err(CallError::Limit {
                plugin: self.found.id.clone(),
                limit,
                used,
                allowed,
            }),
            None => Ok(()),
        }
    }

    fn declined(&self, failure: Failure) -> CallError {
        CallError::Declined {
            plugin: self.found.id.clone(),
            code: failure.code,
            message: crate::state::one_line(&failure.message, 400),
        }
    }

    pub(crate) fn bad(&self, why: Vec<String>) -> CallError {
        CallError::BadAnswer {
            plugin: self.found.id.clone(),
            why,
        }
    }

    fn other_world(&self, what: &str) -> CallError {
        CallError::Host {
            plugin: self.found.id.clone(),
            why: format!(
                "it is a plugin of the world {}, and gives no {what}",
                self.found.world
            ),
        }
    }

    /// Returns whether it proposes prices.
    pub const fn prices(&self) -> bool {
        World::prices(self.found.world)
    }
}

fn adjustment(discount: Discount) -> Adjustment {
    Adjustment {
        line_id: Some(discount.line_id),
        reason_code: "discount".to_owned(),
        label: discount.label,
        change: Change::PercentOff(discount.basis_points),
        exclusive_group: None,
        priority: 0,
    }
}
