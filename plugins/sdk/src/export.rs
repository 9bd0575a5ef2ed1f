//! What the functions of a component do; [`plugin!`](crate::plugin) calls it.

use crate::pricing::{Pricing, Quote, QuoteRequest};
use crate::recommendation::{OfferChoice, OfferRequest, RankRequest, Ranked, Recommender};
use crate::{Failure, Settings, panic};

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

/// Asks for a price.
pub fn quote<P: Pricing>(request: &QuoteRequest) -> Result<Quote, Failure> {
    panic::install();
    P::new(&Settings::installed())?.quote(request)
}

/// Asks for a ranking.
pub fn rank<R: Recommender>(request: &RankRequest) -> Result<Vec<Ranked>, Failure> {
    panic::install();
    R::new(&Settings::installed())?.rank(request)
}

/// Asks for offers.
pub fn choose_offers<R: Recommender>(request: &OfferRequest) -> Result<Vec<OfferChoice>, Failure> {
    panic::install();
    R::new(&Settings::installed())?.choose_offers(request)
}
