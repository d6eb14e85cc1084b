//! Values in memory that know when something beside them was written.

use super::std::{vec, vec::Vec};

const GUARD: f32 = 12_345.0;

/// Miri watches every allocation, and takes a thousand times as long: there, slices are exactly that, without guards
/// that would hide what is read beyond them, and few.
const GUARDS: usize = if cfg!(miri) { 0 } else { 5 };

/// Values somewhere in memory, between guards.
pub struct Guarded {
    memory: Vec<f32>,
    offset: usize,
}

impl Guarded {
    /// `len` small integers from `seed`, at `offset` elements behind the start of an allocation.
    pub fn new(len: usize, offset: usize, seed: usize) -> Self {
        let offset = if GUARDS > 0 { offset } else { 0 };
        let mut memory = vec![GUARD; offset + len + GUARDS];
        for (i, v) in memory[offset..offset + len].iter_mut().enumerate() {
            *v = ((i * 7 + seed * 5 + i / 11) % 13) as f32 - 6.0;
        }
        Self { memory, offset }
    }

    fn end(&self) -> usize {
        self.memory.len() - GUARDS
    }

    pub fn values(&self) -> &[f32] {
        &self.memory[self.offset..self.end()]
    }

    pub fn values_mut(&mut self) -> &mut [f32] {
        let end = self.end();
        &mut self.memory[self.offset..end]
    }

    /// The values are as wanted and the guards untouched.
    pub fn assert(&self, want: &[f32], case: impl core::fmt::Debug) {
        assert_eq!(self.values(), want, "{case:?}");
        let guards = self.memory[..self.offset].iter().chain(&self.memory[self.end()..]);
        assert!(guards.into_iter().all(|&g| g == GUARD), "a guard was overwritten: {case:?}");
    }
}
