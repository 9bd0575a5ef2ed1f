//! One call of a plugin: a fresh instance, its own limits, and what came of it.

mod run;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, UpdateDeadline};

pub use self::run::{Run, Usage};
use crate::engine::{Gate, Host, Place, Ticker};
use crate::error::CallError;
use crate::grant::{Settings, Tables};
use crate::limits::{Limit, Limits};
use crate::state::{Phase, STACK, State};

/// Bytes of stack that the host needs beyond those of a guest: for what a guest calls, and for starting it.
const HOST_STACK: usize = 256 << 10;

/// How many times its processor time a call may take by the clock, on a machine that has no time for it.
const PATIENCE: u32 = 20;

/// What is needed to call a component: everything but which function.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) host: Arc<Host>,
    pub(crate) pre: InstancePre<State>,
    pub(crate) limits: Limits,
    pub(crate) settings: Arc<Settings>,
    /// The places of this plugin.
    pub(crate) gate: Arc<Gate>,
}

/// Which function, in which part of its life, with how much fuel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function<'f> {
    pub(crate) index: &'f ComponentExportIndex,
    pub(crate) phase: Phase,
    pub(crate) fuel: u64,
}

impl Guest {
    /// Makes an instance, calls one function, and drops the instance.
    pub(crate) fn run<P, R>(&self, function: Function<'_>, tables: &Arc<Tables>, params: P) -> Run<R>
    where
        P: ComponentNamedList + Lower + Send,
        R: ComponentNamedList + Lift + Send,
    {
        let since = Instant::now();
        self.placed(|| {
            let waited = since.elapsed();
            let mut run = self.fresh(function, tables, params);
            run.usage.queue_micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
            run
        })
        .unwrap_or_else(Run::failed)
    }

    /// Refuses to touch anything in a process that did not load it: whoever held its locks is not there.
    pub(crate) fn at_home(&self) -> Result<(), CallError> {
        match self.host.foreign() {
            None => Ok(()),
            Some((loaded, here)) => {
                let plugin = self.name.clone();
                Err(CallError::Forked { plugin, loaded, here })
            }
        }
    }

    /// Runs something of the guest when there is a place for it, while the clock ticks, and where its stack has room.
    fn placed<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, CallError> {
        self.at_home()?;
        let places = self.enter()?;
        let ticking = self.host.ticker.tick();
        let room = stacker::remaining_stack().is_some_and(|left| left >= STACK + HOST_STACK);
        let done = if room { Ok(work()) } else { self.elsewhere(work) };
        drop((ticking, places));
        done
    }

    /// Runs something on a thread whose stack is known: the engine takes the guest's part of it for granted, and
    /// runs over the end of a smaller one.
    fn elsewhere<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, CallError> {
        let host = |why: String| {
            let plugin = self.name.clone();
            CallError::Host { plugin, why }
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK + 3 * HOST_STACK);
            let thread = thread.spawn_scoped(scope, work).map_err(|error| {
                host(format!(
                    "this thread has too small a stack, and no other can be had: {error}"
                ))
            })?;
            thread
                .join()
                .map_err(|_| host("the thread that ran it panicked".to_owned()))
        })
    }

    fn fresh<P, R>(&self, function: Function<'_>, tables: &Arc<Tables>, params: P) -> Run<R>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let started = spent();
        let state = State::new(self.limits, Arc::clone(&self.settings), Arc::clone(tables));
        let mut store = Store::new(&self.host.engine, state);
        let mut usage = Usage {
            fuel_allowed: function.fuel,
            ..Usage::default()
        };
        let called = self.steps(&mut store, function, params, &mut usage);
        usage.micros = micros(started);
        usage.memory_bytes = store.data().memory();
        usage.table_elements = store.data().elements();
        (usage.log_lines, usage.log_bytes) = store.data().lines();
        (usage.reads, usage.read_bytes) = store.data().reads();
        let answer = called.map_err(|error| self.explain(&error, store.data(), &usage));
        let state = store.into_data();
        Run {
            answer,
            usage,
            log: state.log,
            lookups: state.lookups,
        }
    }

    fn steps<P, R>(
        &self,
        store: &mut Store<State>,
        function: Function<'_>,
        params: P,
        usage: &mut Usage,
    ) -> wasmtime::Result<R>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let made = self.make(store);
        usage.instantiate_fuel = self.limits.instantiate_fuel.saturating_sub(store.get_fuel()?);
        let instance = made?;
        store.data_mut().phase = function.phase;
        let typed = instance.get_typed_func::<P, R>(&mut *store, function.index)?;
        store.set_fuel(function.fuel)?;
        let answer = typed.call(&mut *store, params);
        usage.call_fuel = function.fuel.saturating_sub(store.get_fuel()?);
        answer
    }

    /// Makes an instance and looks whether a function of it is that of the contract: what is different, if it is not.
    pub(crate) fn has<P, R>(&self, index: &ComponentExportIndex) -> Result<Result<(), String>, CallError>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        self.placed(|| {
            let state = State::new(self.limits, Arc::clone(&self.settings), Arc::default());
            let started = spent();
            let mut store = Store::new(&self.host.engine, state);
            match self.make(&mut store) {
                Ok(instance) => {
                    let found = instance.get_typed_func::<P, R>(&mut store, index);
                    Ok(found.map(drop).map_err(|error| format!("{error:#}")))
                }
                Err(error) => {
                    let used = used(started, self.limits.instantiate_fuel);
                    Err(self.explain(&error, store.data(), &used))
                }
            }
        })?
    }

    /// Takes a place among the calls of this plugin, then one among all.
    fn enter(&self) -> Result<(Place<'_>, Place<'_>), CallError> {
        let (since, patience) = (Instant::now(), self.limits.queue_time());
        let own = self.gate.enter(patience);
        let both = own.and_then(|own| {
            let left = patience.saturating_sub(since.elapsed());
            Ok((self.host.gate.enter(left)?, own))
        });
        both.map_err(|_| {
            let waited = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.limit(Limit::QueueTime, waited, self.limits.queue_ms)
        })
    }

    /// Makes an instance within the limits.
    fn make(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        let limits = &self.limits;
        store.limiter(|state| state);
        store.set_hostcall_fuel(usize::try_from(limits.output_bytes).unwrap_or(usize::MAX));
        let (started, since, allowed) = (spent(), Instant::now(), limits.call_time());
        store.set_epoch_deadline(Ticker::ticks(allowed));
        store.epoch_deadline_callback(move |_| {
            let left = allowed.saturating_sub(spent().saturating_sub(started));
            Ok(if left.is_zero() || since.elapsed() > allowed * PATIENCE {
                UpdateDeadline::Interrupt
            } else {
                UpdateDeadline::Continue(Ticker::ticks(left))
            })
        });
        store.set_fuel(limits.instantiate_fuel)?;
        self.pre.instantiate(store)
    }

    /// What would have been used is at least one more than what is allowed.
    fn limit(&self, limit: Limit, used: u64, allowed: u64) -> CallError {
        CallError::Limit {
            plugin: self.name.clone(),
            limit,
            used: used.max(allowed.saturating_add(1)),
            allowed,
        }
    }

    /// Says what an error of the engine means: which limit was reached, or how the plugin crashed.
    fn explain(&self, error: &wasmtime::Error, state: &State, usage: &Usage) -> CallError {
        let limits = &self.limits;
        if let Some((limit, used)) = state.broken {
            return self.limit(limit, used, allowed(limits, limit));
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) if state.phase == Phase::Instantiate => {
                return self.limit(
                    Limit::InstantiateFuel,
                    usage.instantiate_fuel,
                    limits.instantiate_fuel,
                );
            }
            Some(Trap::OutOfFuel) => return self.limit(Limit::CallFuel, usage.call_fuel, usage.fuel_allowed),
            Some(Trap::Interrupt) => {
                return self.limit(Limit::CallTime, usage.micros / 1_000, limits.call_ms);
            }
            Some(Trap::StackOverflow) => return self.limit(Limit::Stack, STACK as u64, STACK as u64),
            _ => {}
        }
        // A guest that has something to say has survived that.
        if let (Some((limit, used)), None) = (state.refused, &state.said) {
            return self.limit(limit, used, allowed(limits, limit));
        }
        let plugin = self.name.clone();
        if error.is::<PoolConcurrencyLimitError>() {
            let why = error.to_string();
            return CallError::Host { plugin, why };
        }
        let said = state.said.clone();
        match error.downcast_ref::<Trap>() {
            Some(trap) => CallError::Crashed {
                plugin,
                trap: format!("{trap}{}", after(state, limits)),
                said,
            },
            None if error
                .root_cause()
                .to_string()
                .contains("too much data is being copied") =>
            {
                self.limit(Limit::Output, 0, limits.output_bytes)
            }
            None => CallError::Crashed {
                plugin,
                trap: crate::state::one_line(&error.root_cause().to_string(), 400),
                said,
            },
        }
    }
}

/// Says what growth was refused before.
fn after(state: &State, limits: &Limits) -> String {
    state.refused.map_or_else(String::new, |(limit, used)| {
        let allowed = allowed(limits, limit);
        format!(", after {used} {limit} were refused, of which it may have {allowed}")
    })
}

/// Returns the processor time of this thread. It is what a call is measured by: on a busy machine the clock goes on while
/// the call does not, and that must not change a price.
fn spent() -> Duration {
    ThreadTime::try_now().map_or(Duration::ZERO, |time| time.as_duration())
}

fn micros(started: Duration) -> u64 {
    u64::try_from(spent().saturating_sub(started).as_micros()).unwrap_or(u64::MAX)
}

/// What was used by an instance that could not be made.
fn used(started: Duration, instantiate_fuel: u64) -> Usage {
    Usage {
        instantiate_fuel,
        micros: micros(started),
        ..Usage::default()
    }
}

/// Returns what is allowed of a limit that the host counts itself.
fn allowed(limits: &Limits, limit: Limit) -> u64 {
    match limit {
        Limit::InstantiateFuel => limits.instantiate_fuel,
        Limit::CallFuel => limits.call_fuel,
        Limit::CallTime => limits.call_ms,
        Limit::QueueTime => limits.queue_ms,
        Limit::Memory => limits.memory_bytes,
        Limit::Table => limits.table_elements,
        Limit::Input => limits.input_bytes,
        Limit::Items => u64::from(limits.items),
        Limit::Output => limits.output_bytes,
        Limit::LogLines => u64::from(limits.log_lines),
        Limit::LogBytes => limits.log_bytes,
        Limit::Reads => u64::from(limits.reads),
        Limit::ReadBytes => limits.read_bytes,
        Limit::Record => limits.record_bytes,
        Limit::Stack => STACK as u64,
    }
}
