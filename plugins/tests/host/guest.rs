//! Guests as WebAssembly text, wrapped into components here: no compiler of another language is needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gym_plugins::contract::{Adjustment, Change, Money, QuoteRequest};
use gym_plugins::{Grants, Limits, Plugin, Plugins};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where the memory image of answers begins.
const BASE: u32 = 1024;

/// Bytes as they lie in a guest's memory.
#[derive(Debug, Clone, Default)]
pub struct Image(Vec<u8>);

impl Image {
    /// Puts bytes at the next multiple of 8, and returns where.
    pub fn put(&mut self, bytes: &[u8]) -> u32 {
        while !self.0.len().is_multiple_of(8) {
            self.0.push(0);
        }
        let at = BASE + u32::try_from(self.0.len()).unwrap();
        self.0.extend_from_slice(bytes);
        at
    }

    /// Puts a text, and returns its pointer and length.
    pub fn text(&mut self, text: &str) -> [u32; 2] {
        [self.put(text.as_bytes()), u32::try_from(text.len()).unwrap()]
    }

    /// Puts words, and returns where.
    pub fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn escaped(&self) -> String {
        self.0.iter().map(|byte| format!("\\{byte:02x}")).collect()
    }
}

/// A guest: what each of its functions does before it answers, and what it answers.
#[derive(Debug, Clone)]
pub struct Guest {
    pub id: String,
    /// Of the core module: functions, tables, globals.
    pub more: String,
    /// What its start function does; there is none if this is empty.
    pub start: String,
    pub describe: String,
    pub check: String,
    /// Before it answers with `answer`; `quote-price`, or `rank` and `choose-offers`.
    pub call: String,
    /// Before it hands out memory for a request.
    pub realloc: String,
    /// After its answer was read; there is no such function if this is empty.
    pub post: String,
    pub image: Image,
    /// Where the answer of the call lies.
    pub answer: u32,
    /// Where the answer of choose-offers lies.
    pub chosen: u32,
    /// Where the answer of check-config lies.
    pub checked: u32,
    pub world: &'static str,
    /// Pages of memory at the start.
    pub pages: u32,
}

impl Guest {
    /// A pricing guest that proposes nothing.
    pub fn new(id: &str) -> Self {
        Self::answering(id, &[])
    }

    /// A pricing guest that always proposes the same.
    pub fn answering(id: &str, adjustments: &[Adjustment]) -> Self {
        let mut image = Image::default();
        let count = u32::try_from(adjustments.len()).unwrap();
        let list: Vec<u8> = adjustments
            .iter()
            .flat_map(|it| lowered(&mut image, it))
            .collect();
        let list = image.put(&list);
        let answer = image.words(&[0, list, count, 0, 0, 0, 0, 0]);
        Self::with(id, image, answer)
    }

    fn with(id: &str, mut image: Image, answer: u32) -> Self {
        let checked = image.words(&[0, 0, 0, 0]);
        Self {
            id: id.to_owned(),
            more: String::new(),
            start: String::new(),
            describe: String::new(),
            check: String::new(),
            call: String::new(),
            realloc: String::new(),
            post: String::new(),
            image,
            answer,
            chosen: answer,
            checked,
            world: "pricing-plugin",
            pages: 2,
        }
    }

    /// A recommending guest that always says the same, as (id, score, reason).
    pub fn recommending(id: &str, items: &[(&str, i32, &str)]) -> Self {
        let mut image = Image::default();
        let (mut ranked, mut chosen) = (Vec::new(), Vec::new());
        for (item, score, reason) in items {
            let ([name, length], [why, size]) = (image.text(item), image.text(reason));
            chosen.extend([name, length, *score as u32, why, size]);
            ranked.extend([name, length, *score as u32, why, size, 0, 0]);
        }
        let (ranked, chosen) = (image.words(&ranked), image.words(&chosen));
        let count = u32::try_from(items.len()).unwrap();
        let answer = image.words(&[0, ranked, count, 0]);
        let chosen = image.words(&[0, chosen, count, 0]);
        Self {
            world: "recommendation-plugin",
            chosen,
            ..Self::with(id, image, answer)
        }
    }

    /// A pricing guest that declines: `failure-code` and message.
    pub fn declining(id: &str, code: u32, message: &str) -> Self {
        let mut image = Image::default();
        let [text, length] = image.text(message);
        let answer = image.words(&[1, code, text, length, 0, 0, 0, 0]);
        Self::with(id, image, answer)
    }

    /// Lets check-config reject.
    pub fn rejecting(mut self, message: &str) -> Self {
        let [text, length] = self.image.text(message);
        self.checked = self.image.words(&[1, 2, text, length]);
        self
    }

    fn text(&self) -> String {
        let mut image = self.image.clone();
        let ([id, length], [version, size]) = (image.text(&self.id), image.text("1.2.3"));
        let info = image.words(&[id, length, version, size, version, 0]);
        let call = |name: &str, answer: u32| {
            let (body, post) = (&self.call, &self.post);
            let call = format!(
                "(func (export \"{name}\") (param i32) (result i32) (local $i i32) {body} i32.const {answer})\n"
            );
            if post.is_empty() {
                return call;
            }
            call + &format!("(func (export \"cabi_post_{name}\") (param i32) (local $i i32) {post})\n")
        };
        let calls = if self.world.starts_with("pricing") {
            call("gym:plugins/pricing@1.0.0#quote-price", self.answer)
        } else {
            let rank = call("gym:plugins/recommendation@1.0.0#rank", self.answer);
            rank + &call("gym:plugins/recommendation@1.0.0#choose-offers", self.chosen)
        };
        let start = if self.start.is_empty() {
            String::new()
        } else {
            format!("(func $start (local $i i32) {})(start $start)", self.start)
        };
        format!(
            r#"(module
            {imports}
            (memory (export "memory") {pages})
            (global $next (mut i32) (i32.const 65536))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32) (local $i i32)
              {realloc}
              (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
              (global.set $next (i32.add (local.get $at) (local.get 3)))
              (block $fits (loop $grow
                (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
                (if (i32.lt_s (memory.grow (i32.const 1)) (i32.const 0)) (then unreachable))
                (br $grow)))
              (local.get $at))
            (data (i32.const {BASE}) "{data}")
            {more}
            {start}
            (func (export "gym:plugins/lifecycle@1.0.0#describe") (result i32) (local $i i32) {describe} i32.const {info})
            (func (export "gym:plugins/lifecycle@1.0.0#check-config") (param i32 i32) (result i32) (local $i i32) {check} i32.const {checked})
            {calls})"#,
            imports = self.imports(),
            pages = self.pages,
            data = image.escaped(),
            more = self.more,
            realloc = self.realloc,
            describe = self.describe,
            check = self.check,
            checked = self.checked,
        )
    }

    /// Imports what the bodies use.
    fn imports(&self) -> String {
        let bodies = [
            &self.more,
            &self.start,
            &self.describe,
            &self.check,
            &self.call,
            &self.realloc,
            &self.post,
        ];
        let known = [
            (
                "$log",
                r#"(import "gym:plugins/log@1.0.0" "write" (func $log (param i32 i32 i32)))"#,
            ),
            (
                "$setting",
                r#"(import "gym:plugins/settings@1.0.0" "get" (func $setting (param i32 i32 i32)))"#,
            ),
            (
                "$lookup",
                r#"(import "gym:plugins/lookup@1.0.0" "get" (func $lookup (param i32 i32 i32 i32 i32)))"#,
            ),
        ];
        let used = |name: &str| bodies.iter().any(|body| body.contains(name));
        known
            .iter()
            .filter(|(name, _)| used(name))
            .map(|(_, import)| *import)
            .collect()
    }

    /// Builds the component.
    pub fn build(&self) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit");
        component(&self.text(), &folder, self.world)
    }

    /// Builds it into a folder, under its id.
    pub fn drop_into(&self, folder: &Path) -> PathBuf {
        let file = folder.join(format!("{}.wasm", self.id));
        std::fs::write(&file, self.build()).unwrap();
        file
    }

    /// Loads it alone; it must load.
    pub fn load(&self, limits: Limits) -> Arc<Plugin> {
        let plugins = self.plugins(&Grants::development(), limits);
        assert!(plugins.faults().is_empty(), "{}", plugins.faults()[0]);
        Arc::clone(plugins.iter().next().unwrap())
    }

    /// Loads it alone, or not.
    pub fn plugins(&self, grants: &Grants, limits: Limits) -> Plugins {
        let folder = tempfile::tempdir().unwrap();
        self.drop_into(folder.path());
        Plugins::load(folder.path(), grants, limits).unwrap()
    }
}

/// Wraps a core module into a component of a world.
pub fn component(text: &str, wit: &Path, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap();
    { encoder }.encode().unwrap()
}

/// Lays an adjustment out as the canonical ABI does: 64 bytes.
fn lowered(image: &mut Image, it: &Adjustment) -> Vec<u8> {
    let mut words = [0_u32; 16];
    if let Some(line) = it.line_id {
        (words[0], words[1]) = (1, line);
    }
    [words[2], words[3]] = image.text(&it.reason_code);
    [words[4], words[5]] = image.text(&it.label);
    let (case, points, money) = match &it.change {
        Change::PercentOff(points) => (0, *points, None),
        Change::PercentSurcharge(points) => (1, *points, None),
        Change::AmountOff(money) => (2, 0, Some(money)),
        Change::Surcharge(money) => (3, 0, Some(money)),
        Change::SetPrice(money) => (4, 0, Some(money)),
    };
    (words[6], words[8]) = (case, points as u32);
    if let Some(Money {
        minor_units,
        currency,
    }) = money
    {
        (words[8], words[9]) = (*minor_units as u32, (*minor_units >> 32) as u32);
        [words[10], words[11]] = image.text(currency);
    }
    if let Some(group) = &it.exclusive_group {
        words[12] = 1;
        [words[13], words[14]] = image.text(group);
    }
    words[15] = it.priority as u32;
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// An adjustment of one line.
pub fn adjustment(line: Option<u32>, change: Change) -> Adjustment {
    Adjustment {
        line_id: line,
        reason_code: "test".to_owned(),
        label: "As tested".to_owned(),
        change,
        exclusive_group: None,
        priority: 0,
    }
}

pub fn eur(minor_units: i64) -> Money {
    Money {
        minor_units,
        currency: "EUR".to_owned(),
    }
}

/// A request for lines with these list prices.
pub fn request(prices: &[i64]) -> QuoteRequest {
    let lines: Vec<serde_json::Value> = prices
        .iter()
        .enumerate()
        .map(|(at, price)| {
            serde_json::json!({
                "line-id": at, "kind": "class-booking", "tax-code": "class",
                "list-price": {"minor-units": price, "currency": "EUR"}, "facts": [],
            })
        })
        .collect();
    let json = serde_json::json!({
        "lines": lines,
        "member": {"subject": "s", "tags": ["student"], "facts": []},
        "context": {
            "today": {"year": 2026, "month": 11, "day": 22}, "location": "1", "currency": "EUR", "seed": 7,
            "facts": [],
        },
    });
    gym_plugins::json::quote_request(&json.to_string()).unwrap()
}
