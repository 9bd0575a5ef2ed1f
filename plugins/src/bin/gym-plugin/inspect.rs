//! `check`: what a component is, what it needs, and how large it is.

use std::path::Path;

use gym_plugins::{Found, Grants, Limits, Plugins};
use serde_json::{Value, json};

use crate::show::{Shown, Trouble, limits, share, table};

pub(crate) fn check(file: &Path) -> Result<Shown, Trouble> {
    let found = Plugins::look(file, &Grants::development(), limits()).map_err(Trouble::load(file))?;
    Ok(Shown {
        text: text(&found),
        json: value(&found),
        good: true,
    })
}

pub(crate) fn imports(found: &Found) -> String {
    let imports: Vec<String> = found.imports.iter().map(ToString::to_string).collect();
    if imports.is_empty() {
        "nothing".to_owned()
    } else {
        imports.join(", ")
    }
}

fn text(found: &Found) -> String {
    let size = format!(
        "{} bytes, {} of the default limit",
        found.bytes,
        share(found.bytes, Limits::default().component_bytes)
    );
    let rows = [
        ("id", found.id.clone()),
        ("version", found.version.clone()),
        ("vendor", found.vendor.clone()),
        ("world", found.world.to_string()),
        ("imports", imports(found)),
        ("size", size),
        ("sha-256", found.digest.to_string()),
    ];
    table(["what", "it is"], rows.map(|(what, it)| [what.to_owned(), it]))
}

pub(crate) fn value(found: &Found) -> Value {
    json!({
        "id": found.id,
        "version": found.version,
        "vendor": found.vendor,
        "world": found.world,
        "imports": found.imports,
        "bytes": found.bytes,
        "digest": found.digest,
    })
}
