//! Files that somebody made to break the loader: none panics, none hangs, and none loads that was not granted.

use std::time::{Duration, Instant};

use gym_plugins::{Grants, Limits, Plugins, Terms};
use wasm_smith::{Component, Config, Module};

use crate::guest::Guest;

/// A generator that is the same everywhere (Steele, Lea and Flood 2014, SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8))
            .flat_map(|_| self.next().to_le_bytes())
            .take(count)
            .collect()
    }
}

fn rounds(small: u64, large: u64) -> u64 {
    if std::env::var_os("GYM_SOAK").is_some() {
        large
    } else {
        small
    }
}

/// Loads bytes with nothing granted, and asks what loads.
fn try_out(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("odd.wasm"), bytes).unwrap();
    let nothing = Grants::anyone(Terms {
        imports: [].into(),
        ..Terms::default()
    });
    let limits = Limits {
        instantiate_fuel: 1_000_000,
        call_fuel: 1_000_000,
        ..Limits::default()
    };
    let started = Instant::now();
    let plugins = Plugins::load(folder.path(), &nothing, limits).unwrap();
    for plugin in plugins.iter() {
        assert!(plugin.found().imports.is_empty(), "nothing was granted");
        drop(plugin.quote_price(&crate::guest::request(&[1_000])));
    }
    assert!(started.elapsed() < Duration::from_secs(30));
    plugins.iter().count() > 0
}

#[test]
fn mutated_components_do_not_break_the_loader() {
    let good = [
        Guest::new("odd").build(),
        Guest {
            call: "(call $log (i32.const 1) (i32.const 0) (i32.const 8))".to_owned(),
            ..Guest::new("odd")
        }
        .build(),
    ];
    assert!(try_out(&good[0]) && !try_out(&good[1]));
    let mut random = Random(2026);
    let mut loaded = 0;
    for round in 0..rounds(150, 20_000) {
        let mut bytes = good[usize::try_from(round % 2).unwrap()].clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 => bytes.truncate(at.max(8)),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, random.next() as u8),
                3 => bytes[at] = random.next() as u8,
                _ => bytes[at] ^= 1 << random.below(8),
            }
        }
        loaded += u64::from(try_out(&bytes));
    }
    println!("{loaded} of the mutants still load");
}

#[test]
fn generated_components_and_modules_do_not_break_the_loader() {
    let mut random = Random(48);
    for round in 0..rounds(60, 5_000) {
        let noise = random.bytes(1 << 12);
        let mut noise = arbitrary::Unstructured::new(&noise);
        let bytes = if round % 4 == 3 {
            Module::new(Config::default(), &mut noise).map(|it| it.to_bytes())
        } else {
            Component::new(Config::default(), &mut noise).map(|it| it.to_bytes())
        };
        if let Ok(bytes) = bytes {
            assert!(!try_out(&bytes), "no chance component is a plugin of ours");
        }
    }
}

#[test]
fn noise_after_the_header_does_not_break_the_loader() {
    let mut random = Random(7);
    for _ in 0..rounds(100, 20_000) {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        let length = random.below(400);
        bytes.extend(random.bytes(length));
        assert!(!try_out(&bytes) || length == 0);
    }
}
