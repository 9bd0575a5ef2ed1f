//! How values lie is what the contract says, by the rules of the canonical ABI for addresses of 64 bits, as here.

use std::path::Path;

use wit_parser::{Resolve, SizeAlign, TypeDefKind, TypeId};

use super::advice::{RawOfferChoice, RawProfile, RawRanked, RawSession, RawWorkout};
use super::price::{RawAdjustment, RawChange, RawContext, RawLine, RawMember, RawQuote};
use super::{RawFact, RawFactValue, RawFailure, RawMoney, RawOfferRequest, RawQuoteRequest, RawRankRequest};

/// What lies in memory.
pub(super) trait Lies: Sized {
    /// Its name in the contract, as Rust writes it.
    const NAME: &str;
    /// Its fields and where they begin, or its cases, as Rust writes them.
    const PARTS: &[(&str, usize)];
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    kebab
}

struct Contract {
    resolve: Resolve,
    sizes: SizeAlign,
}

impl Contract {
    fn read() -> Self {
        let mut resolve = Resolve::default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
        resolve.push_dir(folder).expect("there is a contract");
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        Self { resolve, sizes }
    }

    fn find(&self, name: &str) -> TypeId {
        let mut types = self.resolve.types.iter();
        let is = |kind: &TypeDefKind| matches!(kind, TypeDefKind::Record(_) | TypeDefKind::Variant(_));
        let found = types.find(|(_, it)| is(&it.kind) && it.name.as_deref() == Some(name));
        found.unwrap_or_else(|| panic!("the contract has no {name}")).0
    }

    #[track_caller]
    fn check<R: Lies>(&self) {
        let id = self.find(&kebab(R::NAME));
        let expected: Vec<(String, usize)> = match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                let fields = self.sizes.field_offsets(record.fields.iter().map(|it| &it.ty));
                let names = record.fields.iter().map(|it| it.name.clone());
                names
                    .zip(fields.iter().map(|(offset, _)| offset.size_wasm64()))
                    .collect()
            }
            TypeDefKind::Variant(variant) => variant.cases.iter().map(|it| (it.name.clone(), 0)).collect(),
            other => panic!("{}: {other:?}", R::NAME),
        };
        let parts: Vec<_> = R::PARTS.iter().map(|(name, at)| (kebab(name), *at)).collect();
        assert_eq!(parts, expected, "{}", R::NAME);
        let size = self.sizes.size(&wit_parser::Type::Id(id)).size_wasm64();
        assert_eq!(size_of::<R>(), size, "{}", R::NAME);
    }
}

#[test]
fn values_lie_where_the_contract_says() {
    let contract = Contract::read();
    contract.check::<RawMoney>();
    contract.check::<RawFact>();
    contract.check::<RawFactValue>();
    contract.check::<RawFailure>();
    contract.check::<RawLine>();
    contract.check::<RawMember>();
    contract.check::<RawContext>();
    contract.check::<RawQuoteRequest>();
    contract.check::<RawChange>();
    contract.check::<RawAdjustment>();
    contract.check::<RawQuote>();
    contract.check::<RawWorkout>();
    contract.check::<RawSession>();
    contract.check::<RawProfile>();
    contract.check::<RawRankRequest>();
    contract.check::<RawOfferRequest>();
    contract.check::<RawRanked>();
    contract.check::<RawOfferChoice>();
}
