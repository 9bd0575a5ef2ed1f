//! A [`Shadow`]: a candidate is asked whatever the live version is asked, and only the difference is kept.
//!
//! Whoever asks for a price does not wait for the candidate: requests queue for one thread, and what finds no place in the
//! queue is counted and not compared. Both proposals go through the gym's own rules, stacking and bounds, so that what is
//! compared is what would be charged before discounts and tax.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use gym_core::billing::policy::BillingPolicy;
use gym_core::billing::pricing::{Answer, Detail, OnFailure, Operation, Pricing, Request};
use gym_core::billing::quote::Proposed;
use gym_core::id::LocationId;
use gym_core::money::Money;
use serde::Serialize;

use crate::limits::Limits;
use crate::plugin::Plugin;

/// A live plugin with a candidate in its shadow. The live one alone decides prices.
#[derive(Debug)]
pub struct Shadow {
    live: Arc<Plugin>,
    back: Arc<Back>,
    thread: Option<JoinHandle<()>>,
}

/// How a candidate is watched.
#[derive(Clone)]
pub struct Watch {
    /// The billing policy of each location, as [`Club::billing_policy`](gym_core::club::Club::billing_policy) has it; the
    /// default one of those that are not named.
    pub policies: BTreeMap<LocationId, BillingPolicy>,
    /// All pricings of the gym in their order, of which one has the name of the live plugin: that is the one which is
    /// compared. If none has, it is the last. The others are asked once more for each request, by the thread that compares.
    pub among: Vec<Arc<dyn Pricing>>,
    /// How many requests may wait to be compared.
    pub queue: usize,
    /// How many differences are kept.
    pub kept: usize,
}

/// What a shadow has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// How many requests both were asked.
    pub asked: u64,
    /// How many requests the live version alone was asked, as there was no place in the queue.
    pub missed: u64,
    /// To how many of those that both were asked they gave different prices.
    pub different: u64,
    /// The latest of those, the oldest first.
    pub differences: Vec<Difference>,
}

/// One request to which the two gave different prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// What was asked.
    pub request: Request,
    /// What comes of the live version.
    pub live: Side,
    /// What would come of the candidate.
    pub candidate: Side,
}

/// What comes of one version's proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Side {
    /// The price of each item before discounts and tax, or why there is no quote.
    pub prices: Result<Vec<Money>, String>,
    /// Why what it proposes is not taken, if that is so.
    pub dropped: Option<String>,
}

impl Default for Watch {
    /// The default policy, no other pricings, 256 requests in the queue, 100 differences.
    fn default() -> Self {
        Self {
            policies: BTreeMap::new(),
            among: Vec::new(),
            queue: 256,
            kept: 100,
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let among: Vec<&str> = self.among.iter().map(|it| it.name()).collect();
        f.debug_struct("Watch")
            .field("policies", &self.policies)
            .field("among", &among)
            .field("queue", &self.queue)
            .field("kept", &self.kept)
            .finish()
    }
}

impl Shadow {
    /// Sets a candidate beside a live plugin. The candidate is never off, however often it fails.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(live: Arc<Plugin>, candidate: &Plugin, watch: Watch) -> std::io::Result<Self> {
        let limits = Limits {
            faults: 0,
            ..*candidate.limits()
        };
        let back = Arc::new(Back {
            name: live.id().to_owned(),
            live: live.on_failure(),
            candidate: candidate.limited(limits),
            watch,
            seen: Mutex::default(),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&back);
        let thread = Builder::new()
            .name("gym-plugin-shadow".to_owned())
            .spawn(move || own.work())?;
        Ok(Self {
            live,
            back,
            thread: Some(thread),
        })
    }

    /// Returns what it has seen so far; what waits in the queue is not among it. In a fork of the process that it was made
    /// in it has seen nothing.
    pub fn report(&self) -> Report {
        if self.live.guest.at_home().is_err() {
            return Report::default();
        }
        self.back.lock().report()
    }

    /// Waits until nothing waits in the queue any more, and returns what it has seen.
    pub fn settled(&self) -> Report {
        if self.live.guest.at_home().is_err() {
            return Report::default();
        }
        let busy = |seen: &mut Seen| !seen.ended && (seen.busy || !seen.queue.is_empty());
        let seen = self.back.changed.wait_while(self.back.lock(), busy);
        seen.unwrap_or_else(PoisonError::into_inner).report()
    }

    /// Leaves a request to the thread that compares, if it has room.
    fn watch(&self, request: &Request, answer: &Answer) {
        // A process that was forked has no such thread, and may have a lock that nobody gives back.
        if self.live.guest.at_home().is_err() {
            return;
        }
        let mut seen = self.back.lock();
        if seen.ended || seen.queue.len() >= self.back.watch.queue {
            seen.missed += 1;
            return;
        }
        seen.queue.push_back((request.clone(), answer.proposed.clone()));
        drop(seen);
        self.back.changed.notify_all();
    }
}

impl Drop for Shadow {
    /// Waits for the comparison that is under way, if there is one; what is in the queue is left.
    fn drop(&mut self) {
        if self.live.guest.at_home().is_err() {
            return;
        }
        self.back.lock().over = true;
        self.back.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Pricing for Shadow {
    fn name(&self) -> &str {
        self.live.name()
    }

    fn on_failure(&self) -> OnFailure {
        self.live.on_failure()
    }

    /// What either wants; each is told what it was granted.
    fn wants(&self) -> BTreeSet<Detail> {
        &self.live.wants() | &self.back.candidate.wants()
    }

    fn propose(&self, request: &Request) -> Answer {
        let answer = self.live.propose(request);
        self.watch(request, &answer);
        answer
    }

    fn propose_all(&self, requests: &[Request]) -> Vec<Answer> {
        let answers = self.live.propose_all(requests);
        for (request, answer) in requests.iter().zip(&answers) {
            self.watch(request, answer);
        }
        answers
    }
}

/// What the thread that compares works on.
#[derive(Debug)]
struct Back {
    name: String,
    live: OnFailure,
    candidate: Plugin,
    watch: Watch,
    seen: Mutex<Seen>,
    /// The queue or what was seen has changed.
    changed: Condvar,
}

type Proposal = Result<Vec<Operation>, String>;

#[derive(Debug, Default)]
struct Seen {
    queue: VecDeque<(Request, Proposal)>,
    /// Whether one that has left the queue is being compared.
    busy: bool,
    /// Whether nothing more is to be compared.
    over: bool,
    /// Whether nobody compares any more.
    ended: bool,
    asked: u64,
    missed: u64,
    different: u64,
    differences: VecDeque<Difference>,
}

impl Seen {
    fn report(&self) -> Report {
        Report {
            asked: self.asked,
            missed: self.missed,
            different: self.different,
            differences: self.differences.iter().cloned().collect(),
        }
    }
}

impl Back {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let _end = End(self);
        while let Some((request, live)) = self.next() {
            let candidate = self.candidate.propose(&request);
            let on_failure = (self.live, self.candidate.on_failure());
            let (live, candidate) = self.sides(&request, live, candidate.proposed, on_failure);
            self.note(request, live, candidate);
        }
    }

    /// Waits for a request.
    fn next(&self) -> Option<(Request, Proposal)> {
        let nothing = |seen: &mut Seen| !seen.over && seen.queue.is_empty();
        let seen = self.changed.wait_while(self.lock(), nothing);
        let mut seen = seen.unwrap_or_else(PoisonError::into_inner);
        let next = if seen.over { None } else { seen.queue.pop_front() };
        seen.busy = next.is_some();
        next
    }

    /// Returns what comes of both, beside the same answers of the others.
    fn sides(
        &self,
        request: &Request,
        live: Proposal,
        candidate: Proposal,
        on_failure: (OnFailure, OnFailure),
    ) -> (Side, Side) {
        let said = |it: &Arc<dyn Pricing>| {
            let proposed = if it.name() == self.name {
                Ok(Vec::new())
            } else {
                it.propose(request).proposed
            };
            Said::new(it.name(), it.on_failure(), proposed)
        };
        let mut all: Vec<Said> = self.watch.among.iter().map(said).collect();
        let own = all.iter().position(|it| it.name == self.name);
        let place = own.unwrap_or_else(|| {
            all.push(Said::new(&self.name, on_failure.0, Ok(Vec::new())));
            all.len() - 1
        });
        let mut side = |proposed, on_failure| {
            all[place] = Said::new(&self.name, on_failure, proposed);
            self.side(request, &all)
        };
        (side(live, on_failure.0), side(candidate, on_failure.1))
    }

    fn side(&self, request: &Request, all: &[Said]) -> Side {
        let default = BillingPolicy::default();
        let policy = self.watch.policies.get(&request.location).unwrap_or(&default);
        let all: Vec<&dyn Pricing> = all.iter().map(|it| it as &dyn Pricing).collect();
        match Proposed::of(request, policy, &all) {
            Ok(proposed) => Side {
                prices: proposed.prices(request).map_err(|error| error.to_string()),
                dropped: proposed
                    .dropped
                    .iter()
                    .find(|it| it.source == self.name)
                    .map(|it| it.why.to_string()),
            },
            Err(objection) => Side {
                prices: Err(objection.to_string()),
                dropped: None,
            },
        }
    }

    fn note(&self, request: Request, live: Side, candidate: Side) {
        let mut seen = self.lock();
        seen.asked += 1;
        seen.busy = false;
        if live.differs(&candidate) {
            seen.different += 1;
            seen.differences.push_back(Difference {
                request,
                live,
                candidate,
            });
            if seen.differences.len() > self.watch.kept {
                seen.differences.pop_front();
            }
        }
        drop(seen);
        self.changed.notify_all();
    }
}

impl Side {
    /// Whether the two come to different prices, or only one of them is taken. Two that are not taken, or leave no quote,
    /// do the same, whatever is said about each.
    fn differs(&self, other: &Self) -> bool {
        self.prices.as_ref().ok() != other.prices.as_ref().ok()
            || self.dropped.is_some() != other.dropped.is_some()
    }
}

/// Tells who waits that nobody compares any more.
struct End<'b>(&'b Back);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_all();
    }
}

/// A pricing that has said what it says.
struct Said {
    name: String,
    on_failure: OnFailure,
    proposed: Proposal,
}

impl Said {
    fn new(name: &str, on_failure: OnFailure, proposed: Proposal) -> Self {
        Self {
            name: name.to_owned(),
            on_failure,
            proposed,
        }
    }
}

impl Pricing for Said {
    fn name(&self) -> &str {
        &self.name
    }

    fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    fn propose(&self, _: &Request) -> Answer {
        Answer {
            proposed: self.proposed.clone(),
            record: None,
        }
    }
}
