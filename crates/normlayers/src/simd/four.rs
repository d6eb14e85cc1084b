//! Four f64, and four f32 beside them: what is computed once for each channel is computed of four at a time.
//! (With scalars, constants of 1024 channels took a quarter of the time that batch norm's
//! eval takes over 256 rows.)

use core::ops::{Add, Div, Mul, Sub};

use super::{F32x4, F64x2};

/// Four f64 lanes, as two vectors.
#[derive(Clone, Copy)]
pub struct F64x4([F64x2; 2]);

impl F32x4 {
    #[inline(always)]
    pub fn of(values: &[f32; 4]) -> Self {
        // SAFETY: an array of four.
        unsafe { Self::load(values.as_ptr()) }
    }

    #[inline(always)]
    pub fn write(self, to: &mut [f32; 4]) {
        // SAFETY: an exclusive array of four.
        unsafe { self.store(to.as_mut_ptr()) }
    }
}

impl F64x4 {
    #[inline(always)]
    pub fn splat(value: f64) -> Self {
        Self([F64x2::splat(value); 2])
    }

    #[inline(always)]
    pub fn of(values: &[f64; 4]) -> Self {
        // SAFETY: an array of four.
        unsafe { Self([F64x2::load(values.as_ptr()), F64x2::load(values.as_ptr().add(2))]) }
    }

    #[inline(always)]
    pub fn write(self, to: &mut [f64; 4]) {
        let [low, high] = self.0;
        // SAFETY: an exclusive array of four.
        unsafe {
            low.store(to.as_mut_ptr());
            high.store(to.as_mut_ptr().add(2));
        }
    }

    #[inline(always)]
    pub fn from_f32(value: F32x4) -> Self {
        Self(value.widen())
    }

    /// Each lane rounded to the nearest f32.
    #[inline(always)]
    pub fn narrow(self) -> F32x4 {
        F32x4::narrow(self.0)
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(self.0.map(F64x2::sqrt))
    }

    /// Zero in the lanes where `other` is zero.
    #[inline(always)]
    pub fn zero_where_zero(self, other: Self) -> Self {
        self.with(other, F64x2::zero_where_zero)
    }

    /// Whether every lane is at most that of `other`; none is NaN then.
    #[inline(always)]
    pub fn all_le(self, other: Self) -> bool {
        self.0[0].all_le(other.0[0]) && self.0[1].all_le(other.0[1])
    }

    #[inline(always)]
    fn with(self, other: Self, f: fn(F64x2, F64x2) -> F64x2) -> Self {
        Self([f(self.0[0], other.0[0]), f(self.0[1], other.0[1])])
    }
}

impl Add for F64x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, F64x2::add)
    }
}

impl Sub for F64x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, F64x2::sub)
    }
}

impl Mul for F64x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, F64x2::mul)
    }
}

impl Div for F64x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.with(other, F64x2::div)
    }
}
