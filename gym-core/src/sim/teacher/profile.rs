//! A [`Profile`] is one country's club: how long people stay, how often they come, what they sign.

use chrono_tz::Tz;

/// One country's club. The published facts contradict each other, so that no one set of numbers is the truth.
///
/// | | published, and met by choice of `base`, `early`, `weekly` and `cliff` | sources |
/// |---|---|---|
/// | Rio | 63 % are gone before month 3, fewer than 4 % pass month 12 | Sperandei, Vieira and Reis, J Sci Med Sport 2016 |
/// | Uk | half have cancelled by month 8; after 3 months over 40 % come fewer than 4 times a month | FIA 2001 |
/// | NorthAmerica | 67.2 % stay 12 months or more, 44.4 % stay 24; of 1,000 members 33.6 cancel in a month | IHRSA, One Million Strong, 2012 to 2015 |
/// | | 105 visits in a year, about half come on 100 days or more | IHRSA, Consumer Report, 2018 and 2019 |
///
/// What is published and not met: whoever cancels a contract without a term does so 0.9 full months after the last visit in
/// the North American club, 0.7 in the British one, and not 2.31 (DellaVigna and Malmendier, Am Econ Rev 2006).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Rio de Janeiro.
    Rio,
    /// The United Kingdom.
    Uk,
    /// North America.
    NorthAmerica,
}

/// The numbers of a profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) zone: Tz,
    pub(super) currency: &'static str,
    /// What a month costs with a term of 1, 6 and 12 months, in minor units.
    pub(super) prices: [i64; 3],
    /// How many of a thousand sign for 1, 6 and 12 months.
    pub(super) contracts: [u32; 3],
    /// The logit of leaving in a month, before everything else.
    pub(super) base: f64,
    /// How much the first months add, and over how many months that fades.
    pub(super) early: (f64, f64),
    /// The standard deviation of what makes people differ in leaving.
    pub(super) frailty: f64,
    /// How many come in a week on average, before everything else.
    pub(super) weekly: f64,
    /// What the end of a term of 6 and 12 months adds to the logit.
    pub(super) cliff: f64,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Rio, Self::Uk, Self::NorthAmerica];

    /// Returns its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rio => "rio",
            Self::Uk => "uk",
            Self::NorthAmerica => "north_america",
        }
    }

    pub(super) const fn shape(self) -> Shape {
        match self {
            Self::Rio => Shape {
                zone: Tz::America__Sao_Paulo,
                currency: "BRL",
                prices: [12_900, 10_900, 8_900],
                contracts: [960, 30, 10],
                base: -1.10,
                early: (0.45, 3.0),
                frailty: 0.45,
                weekly: 1.90,
                cliff: 1.0,
            },
            Self::Uk => Shape {
                zone: Tz::Europe__London,
                currency: "GBP",
                prices: [3_999, 3_499, 2_999],
                contracts: [800, 80, 120],
                base: -2.88,
                early: (0.80, 3.0),
                frailty: 0.5,
                weekly: 1.36,
                cliff: 1.3,
            },
            Self::NorthAmerica => Shape {
                zone: Tz::America__New_York,
                currency: "USD",
                prices: [5_900, 5_200, 4_500],
                contracts: [550, 210, 240],
                base: -3.80,
                early: (1.00, 3.0),
                frailty: 0.5,
                weekly: 2.85,
                cliff: 1.65,
            },
        }
    }
}

/// How joins lie in the year, per mille of a twelfth: January most, July least (IHRSA).
pub(super) const JOINS: [f64; 12] = [
    1.37, 1.08, 1.03, 0.97, 0.94, 0.88, 0.83, 0.93, 1.04, 1.00, 0.97, 0.96,
];

/// How visits lie in the year.
pub(super) const SEASON: [f64; 12] = [
    1.12, 1.06, 1.04, 1.00, 0.99, 0.95, 0.92, 0.93, 1.00, 1.01, 1.00, 0.91,
];

/// How arrivals lie in the day, by hour, after counts at the door of a campus gym.
pub(super) const HOURS: [u32; 24] = [
    1, 0, 0, 0, 1, 6, 22, 34, 30, 26, 24, 27, 32, 28, 26, 32, 44, 60, 62, 48, 34, 22, 12, 4,
];
