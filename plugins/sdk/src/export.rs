//! What the functions of a component do; [`plugin!`](crate::plugin) exports them.

#![allow(unsafe_code, reason = "what the host has written is read at its address")]

use std::cell::{Cell, UnsafeCell};
use std::mem::forget;

use crate::abi::{Lift, Lower, RawOfferRequest, RawQuoteRequest, RawRankRequest, Text};
use crate::pricing::Pricing;
use crate::recommendation::Recommender;
use crate::{Failure, Settings, memory, panic};

/// What a plugin says of itself.
#[derive(Debug)]
#[repr(C)]
pub struct Info([Text; 3]);

// SAFETY: nothing is written where it points.
unsafe impl Sync for Info {}

impl Info {
    /// Of the id, the version and the vendor.
    pub const fn new(said: [&'static str; 3]) -> Self {
        let [id, version, vendor] = said;
        Self([text(id), text(version), text(vendor)])
    }
}

const fn text(said: &'static str) -> Text {
    Text {
        start: said.as_ptr().cast_mut(),
        length: said.len(),
    }
}

/// Checks settings by making the plugin with them.
pub fn check_pricing<P: Pricing>(config: &str) -> Result<(), Failure> {
    panic::install();
    P::new(&Settings::parse(config)?).map(drop)
}

/// Checks settings by making the plugin with them.
pub fn check_recommender<R: Recommender>(config: &str) -> Result<(), Failure> {
    panic::install();
    R::new(&Settings::parse(config)?).map(drop)
}

/// Checks the settings that the host has written.
///
/// # Safety
/// The host has written so many bytes there, which are its settings.
pub unsafe fn check(check: impl Fn(&str) -> Result<(), Failure>, start: *mut u8, length: usize) -> *const u8 {
    // SAFETY: as the caller promises.
    unsafe { answer(Text { start, length }, |config: &String| check(config)) }
}

/// Asks for a price.
///
/// # Safety
/// The host has written a request there.
pub unsafe fn quote<P: Pricing>(kept: &Kept<P>, request: *const u8) -> *const u8 {
    // SAFETY: as the caller promises.
    unsafe {
        let request = request.cast::<RawQuoteRequest>().read();
        answer(request, |request| made(kept, P::new)?.quote(request))
    }
}

/// Asks for a ranking.
///
/// # Safety
/// The host has written a request there.
pub unsafe fn rank<R: Recommender>(kept: &Kept<R>, request: *const u8) -> *const u8 {
    // SAFETY: as the caller promises.
    unsafe {
        let request = request.cast::<RawRankRequest>().read();
        answer(request, |request| made(kept, R::new)?.rank(request))
    }
}

/// Asks for offers.
///
/// # Safety
/// The host has written a request there.
pub unsafe fn choose_offers<R: Recommender>(kept: &Kept<R>, request: *const u8) -> *const u8 {
    // SAFETY: as the caller promises.
    unsafe {
        let request = request.cast::<RawOfferRequest>().read();
        answer(request, |request| made(kept, R::new)?.choose_offers(request))
    }
}

/// The plugin that a call of this instance has made. Settings are for an installation, and so stay as they are for as long as
/// an instance lives.
pub type Kept<P> = Cell<Option<&'static P>>;

fn made<P>(kept: &Kept<P>, new: impl FnOnce(&Settings) -> Result<P, Failure>) -> Result<&'static P, Failure> {
    if let Some(plugin) = kept.get() {
        return Ok(plugin);
    }
    panic::install();
    let plugin: &P = Box::leak(Box::new(new(&Settings::installed())?));
    kept.set(Some(plugin));
    Ok(plugin)
}

/// Answers a request, and leaves both where they are until the host calls again.
unsafe fn answer<Q: Lift, A: Lower>(
    request: Q,
    ask: impl FnOnce(&Q::Value) -> Result<A, Failure>,
) -> *const u8 {
    // SAFETY: as the caller promises.
    let request = unsafe { request.lift() };
    let mut blocks = memory::blocks();
    let answer = ask(&request);
    let raw = answer.lower(&mut blocks);
    forget((request, answer));
    memory::part(blocks);
    ANSWER.hold(raw)
}

/// Where the latest answer begins.
struct Area(UnsafeCell<[u64; 8]>);

// SAFETY: without threads, as in a component, nothing is shared.
unsafe impl Sync for Area {}

static ANSWER: Area = Area(UnsafeCell::new([0; 8]));

impl Area {
    fn hold<R>(&self, raw: R) -> *const u8 {
        const { assert!(size_of::<R>() <= size_of::<Self>() && align_of::<R>() <= align_of::<Self>()) };
        let at = self.0.get().cast::<R>();
        // SAFETY: it has room, and the host has read what was there before.
        unsafe { at.write(raw) };
        at.cast()
    }
}
