//! The only unsafe code of the crate: reading native code back.
//!
//! The engine checks little of what it reads back and then runs it, so that whoever can write these bytes can run
//! anything. They are therefore held as [`Code`], which is made in two ways only: by our own compiler, in this process
//! or in the program that the operator named, and by the cache after its seal has been checked. They are read from
//! memory and not mapped from a file, which somebody could change after the check.

#![allow(unsafe_code)]

use wasmtime::Engine;
use wasmtime::component::Component;

/// Native code that came from our own compiler.
#[derive(Debug)]
pub(crate) struct Code(Vec<u8>);

impl Code {
    /// Takes what our compiler has just made.
    pub(crate) const fn made(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Takes what was read from the cache, its seal checked.
    pub(crate) const fn proven(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Reads code back.
///
/// # Errors
/// If it is of another engine or another machine.
pub(crate) fn component(engine: &Engine, code: &Code) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` asks for bytes that `serialize` or `precompile_component` made and nobody changed. `Code` holds
    // no others: see its constructors. The engine itself checks its version, its settings and the machine.
    unsafe { Component::deserialize(engine, code.bytes()) }
}
