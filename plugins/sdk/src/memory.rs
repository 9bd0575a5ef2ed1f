//! Memory of one call: an instance ends with the call that it was made for, so that what is handed out is hardly ever needed
//! back. Only what was handed out last is taken back, and grows where it is: so texts and lists are built. With the end of a
//! call all of it can be had again but what the plugin keeps, so that calls of one instance do not add up.
//!
//! It takes a kilobyte of a component, where Rust's own memory takes 5 to 9. A plugin that makes and drops much more than it
//! keeps can have that: `gym-plugin-sdk = { .., default-features = false }`.

/// Addresses between which memory is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arena {
    /// What is before was kept by earlier calls.
    first: usize,
    next: usize,
    end: usize,
    /// How many blocks of this call are out.
    blocks: usize,
}

impl Arena {
    pub(crate) const fn new(first: usize, end: usize) -> Self {
        Self {
            first,
            next: first,
            end,
            blocks: 0,
        }
    }

    /// Hands out a block whose alignment is a power of two, if there are enough.
    #[inline(always)]
    pub(crate) fn within(&mut self, size: usize, align: usize) -> Option<usize> {
        // Of 64 bits, in which sums of addresses of 32 bits and of sizes have room.
        let (size, before) = (size as u64, align as u64 - 1);
        let start = (self.next as u64 + before) & !before;
        if start + size > self.end as u64 {
            return None;
        }
        self.next = (start + size) as usize;
        self.blocks += 1;
        Some(start as usize)
    }

    /// Hands out a block. If there are not enough, `more` is to add so many bytes at the end and to say where that is then.
    pub(crate) fn take(
        &mut self,
        size: usize,
        align: usize,
        more: impl FnOnce(usize) -> Option<usize>,
    ) -> Option<usize> {
        let end = self.next.checked_add(align - 1)? & !(align - 1);
        let end = end.checked_add(size)?;
        if end > self.end {
            self.end = more(end - self.end)?;
        }
        self.within(size, align)
    }

    /// Takes a block back: it can be had again if it was handed out last, and with all others if it was the last one out.
    pub(crate) fn back(&mut self, start: usize, size: usize) {
        if start < self.first {
            return;
        }
        self.blocks = self.blocks.saturating_sub(1);
        if self.blocks == 0 {
            self.next = self.first;
        } else if start + size == self.next {
            self.next = start;
        }
    }

    /// Returns how many blocks of this call are out.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }

    /// Ends a call, which leaves so many blocks to nobody. If more are out, what there is now is kept.
    pub(crate) fn part(&mut self, left: usize) {
        if self.blocks > left {
            self.first = self.next;
        }
        (self.next, self.blocks) = (self.first, 0);
    }

    /// Makes a block larger or smaller where it is, if it is the last, and of this call.
    pub(crate) fn resize(
        &mut self,
        (start, size): (usize, usize),
        wanted: usize,
        more: impl FnOnce(usize) -> Option<usize>,
    ) -> bool {
        if start < self.first || start + size != self.next {
            return false;
        }
        let mut rest = Self::new(start, self.end);
        let fits = rest.take(wanted, 1, more).is_some();
        if fits {
            (self.next, self.end) = (rest.next, rest.end);
        }
        fits
    }
}

#[cfg(all(target_arch = "wasm32", feature = "arena"))]
pub(crate) use self::global::{blocks, part};

#[cfg(all(target_arch = "wasm32", feature = "arena"))]
#[allow(unsafe_code, reason = "whoever hands out memory deals in addresses")]
mod global {
    use std::alloc::{GlobalAlloc, Layout};
    use std::arch::wasm32::{memory_grow, memory_size};
    use std::cell::UnsafeCell;
    use std::ptr;

    use super::Arena;

    /// Bytes of a page of WebAssembly.
    const PAGE: usize = 64 << 10;

    #[global_allocator]
    static MEMORY: Memory = Memory(UnsafeCell::new(Arena::new(0, 0)));

    struct Memory(UnsafeCell<Arena>);

    // SAFETY: without threads, as here, nothing is shared.
    unsafe impl Sync for Memory {}

    unsafe extern "C" {
        /// Where the linker has put the end of everything else.
        safe static __heap_base: u8;
    }

    fn more(bytes: usize) -> Option<usize> {
        let pages = bytes.div_ceil(PAGE);
        let before = memory_grow(0, pages);
        let after = (before != usize::MAX).then(|| before + pages);
        after?.checked_mul(PAGE)
    }

    /// Hands out a block where the fast way has none: the first of all, or one for which the memory has to grow.
    #[cold]
    #[inline(never)]
    fn beyond(arena: &mut Arena, size: usize, align: usize) -> *mut u8 {
        if arena.end == 0 {
            *arena = Arena::new((&raw const __heap_base).addr(), memory_size(0) * PAGE);
        }
        let block = arena.take(size, align, more);
        block.map_or(ptr::null_mut(), ptr::with_exposed_provenance_mut)
    }

    impl Memory {
        #[inline(always)]
        fn with<T>(&self, work: impl FnOnce(&mut Arena) -> T) -> T {
            // SAFETY: nothing that `work` calls hands out memory, so that there is one reference at a time.
            work(unsafe { &mut *self.0.get() })
        }

        #[inline(always)]
        fn take(&self, size: usize, align: usize) -> *mut u8 {
            self.with(|arena| match arena.within(size, align) {
                Some(block) => ptr::with_exposed_provenance_mut(block),
                None => beyond(arena, size, align),
            })
        }
    }

    // SAFETY: blocks lie between the end of everything else and the end of the memory, do not overlap, and have the
    // alignment that was asked for, as the tests of `Arena` show.
    unsafe impl GlobalAlloc for Memory {
        // This and the next are not put where they are called, for there are many such places.
        #[inline(never)]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.take(layout.size(), layout.align())
        }

        #[inline(never)]
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            self.with(|arena| arena.back(block.addr(), layout.size()));
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, wanted: usize) -> *mut u8 {
            let (at, size) = (block.addr(), layout.size());
            if self.with(|arena| arena.resize((at, size), wanted, more)) {
                return block;
            }
            // SAFETY: the layout is that of a block with another size, which the caller promises to be no zero.
            let new = unsafe { self.alloc(Layout::from_size_align_unchecked(wanted, layout.align())) };
            if !new.is_null() {
                // SAFETY: both are blocks of at least so many bytes, and blocks do not overlap.
                unsafe { ptr::copy_nonoverlapping(block, new, size.min(wanted)) };
                self.with(|arena| arena.back(at, size));
            }
            new
        }
    }

    /// Returns how many blocks of this call are out.
    pub(crate) fn blocks() -> usize {
        MEMORY.with(|arena| arena.blocks())
    }

    /// Ends a call, which leaves so many blocks to nobody.
    pub(crate) fn part(left: usize) {
        MEMORY.with(|arena| arena.part(left));
    }

    /// Where the host writes what it sends, in the place of the bindings' own, which calls through two more functions: the
    /// host calls this once for each text and list.
    // SAFETY: nothing else in a component has this name; the bindings' is taken from an archive where there is none.
    #[unsafe(export_name = "cabi_realloc")]
    unsafe extern "C" fn room(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
        if size == 0 {
            return ptr::without_provenance_mut(align);
        }
        // SAFETY: the canonical ABI asks for powers of two, and for sizes of what it was given before.
        let block = unsafe {
            if old_size == 0 {
                MEMORY.take(size, align)
            } else {
                MEMORY.realloc(old, Layout::from_size_align_unchecked(old_size, align), size)
            }
        };
        if block.is_null() {
            std::arch::wasm32::unreachable();
        }
        block
    }
}
