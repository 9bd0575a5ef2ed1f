//! What a plugin may import: each interface is linked only where its capability was granted.

use std::collections::BTreeSet;

use wasmtime::component::Linker;
use wasmtime::{Engine, StoreContextMut};

use super::{Lookup, State, one_line};
use crate::contract::{Fact, Failure, FailureCode, Level};
use crate::grant::Capability;

/// Makes a linker that knows what was granted, and nothing else.
pub(crate) fn linker(engine: &Engine, granted: &BTreeSet<Capability>) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    for capability in granted {
        let mut interface = linker.instance(capability.interface())?;
        match capability {
            Capability::Log => interface.func_wrap("write", write)?,
            Capability::Settings => interface.func_wrap("get", setting)?,
            Capability::Lookup => interface.func_wrap("get", lookup)?,
        };
    }
    Ok(linker)
}

type Cx<'a> = StoreContextMut<'a, State>;

fn write(mut cx: Cx<'_>, (level, message): (Level, String)) -> wasmtime::Result<()> {
    cx.data_mut().write(level, &message)
}

fn setting(mut cx: Cx<'_>, (key,): (String,)) -> wasmtime::Result<(Option<String>,)> {
    let state = cx.data_mut();
    state.read(key.len())?;
    let value = state.settings.text(&key).map(str::to_owned);
    state.returned(value.as_ref().map_or(0, String::len))?;
    Ok((value,))
}

type Row = Result<Option<Vec<Fact>>, Failure>;

fn lookup(mut cx: Cx<'_>, (table, key): (String, String)) -> wasmtime::Result<(Row,)> {
    let state = cx.data_mut();
    state.read(table.len() + key.len())?;
    let answer = match state.tables.get(&table) {
        Some(rows) => Ok(rows.get(&key).cloned()),
        None => Err(Failure {
            code: FailureCode::Unsupported,
            message: format!("table {:?} was not granted", one_line(&table, 60)),
        }),
    };
    let bytes = |facts: &Vec<Fact>| facts.iter().map(crate::check::fact_bytes).sum();
    let returned = match &answer {
        Ok(row) => row.as_ref().map_or(0, bytes),
        Err(failure) => failure.message.len(),
    };
    state.returned(returned)?;
    state.lookups.push(Lookup {
        table,
        key,
        answer: answer.clone(),
    });
    Ok((answer,))
}
