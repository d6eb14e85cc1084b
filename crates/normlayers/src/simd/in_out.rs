//! A source and a destination of equal length that are either disjoint or the very same memory:
//! in place or out of place is a value, not a flag, and every kernel serves both.

use core::marker::PhantomData;
use core::ops::Range;

/// Reads f32 from a source and writes f32 to a destination, element by element.
///
/// The two are disjoint ([`InOut::new`]) or the same memory ([`InOut::in_place`]). A kernel that
/// computes element `i` of the destination reads element `i` of the source before it writes it.
pub struct InOut<'a> {
    source: *const f32,
    destination: *mut f32,
    len: usize,
    marker: PhantomData<&'a mut [f32]>,
}

impl<'a> InOut<'a> {
    /// Out of place.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn new(source: &'a [f32], destination: &'a mut [f32]) -> Self {
        assert!(source.len() == destination.len(), "source and destination differ in length");
        Self { source: source.as_ptr(), destination: destination.as_mut_ptr(), len: source.len(), marker: PhantomData }
    }

    /// In place.
    pub fn in_place(values: &'a mut [f32]) -> Self {
        let destination = values.as_mut_ptr();
        Self { source: destination, destination, len: values.len(), marker: PhantomData }
    }

    /// Whether the destination is the source.
    pub fn is_in_place(&self) -> bool {
        core::ptr::eq(self.source, self.destination)
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The source, until something is written.
    pub fn source(&self) -> &[f32] {
        // SAFETY: the constructors took a slice of `len` elements that lives for 'a; nothing writes
        // to it while `self` is borrowed, since every write takes `&mut self`.
        unsafe { core::slice::from_raw_parts(self.source, self.len) }
    }

    /// What the destination holds, until something is written.
    pub fn before(&self) -> &[f32] {
        // SAFETY: the constructors took an exclusive slice of `len` elements that lives for 'a; nothing writes to it
        // while `self` is borrowed, since every write takes `&mut self`.
        unsafe { core::slice::from_raw_parts(self.destination, self.len) }
    }

    /// The elements of `range`.
    ///
    /// # Panics
    /// When the range reaches beyond the end.
    #[inline(always)]
    pub fn part(&mut self, range: Range<usize>) -> InOut<'_> {
        assert!(range.start <= range.end && range.end <= self.len, "range out of bounds");
        InOut {
            // SAFETY: `range.start <= len`, so both pointers stay within (or one past) their slices.
            source: unsafe { self.source.add(range.start) },
            // SAFETY: as above.
            destination: unsafe { self.destination.add(range.start) },
            len: range.end - range.start,
            marker: PhantomData,
        }
    }

    /// The elements of `range`, and the source of those in `elsewhere`.
    ///
    /// # Panics
    /// When a range reaches beyond the end, or they overlap.
    #[inline(always)]
    pub fn part_and_source(&mut self, range: Range<usize>, elsewhere: Range<usize>) -> (InOut<'_>, &[f32]) {
        assert!(elsewhere.start <= elsewhere.end && elsewhere.end <= self.len, "range out of bounds");
        assert!(range.end <= elsewhere.start || elsewhere.end <= range.start, "ranges overlap");
        // SAFETY: `elsewhere` is within the source, which lives for 'a. While `self` is borrowed exclusively nothing is
        // written but through the part, and its destination is not among these: in place the ranges do not overlap.
        let source = unsafe { core::slice::from_raw_parts(self.source.add(elsewhere.start), elsewhere.len()) };
        (self.part(range), source)
    }

    /// All elements.
    #[inline(always)]
    pub fn whole(&mut self) -> InOut<'_> {
        InOut { ..*self }
    }

    /// Replaces element `index` by a function of it.
    ///
    /// # Panics
    /// When `index` is out of bounds.
    #[inline(always)]
    pub fn update(&mut self, index: usize, f: impl FnOnce(f32) -> f32) {
        assert!(index < self.len, "index out of bounds");
        // SAFETY: `index < len`; the read ends before the write begins, so that they may coincide.
        unsafe { self.destination.add(index).write(f(self.source.add(index).read())) }
    }

    /// Adds a function of source element `index` to destination element `index`.
    ///
    /// # Panics
    /// When `index` is out of bounds.
    #[inline(always)]
    pub fn accumulate(&mut self, index: usize, f: impl FnOnce(f32) -> f32) {
        assert!(index < self.len, "index out of bounds");
        // SAFETY: `index < len`; all reads end before the write begins.
        unsafe {
            let to = self.destination.add(index);
            to.write(to.read() + f(self.source.add(index).read()));
        }
    }

    /// The destination.
    pub fn destination(&mut self) -> &mut [f32] {
        // SAFETY: the constructors took an exclusive slice of `len` elements that lives for 'a; while `self` is
        // borrowed exclusively nothing else reads or writes it.
        unsafe { core::slice::from_raw_parts_mut(self.destination, self.len) }
    }

    /// Source and destination as pointers, for the loops of this module.
    #[inline(always)]
    pub(super) fn pointers(&mut self) -> (*const f32, *mut f32) {
        (self.source, self.destination)
    }
}
