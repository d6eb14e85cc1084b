//! Vectors over simd128.

use core::arch::wasm32::*;
use core::ops::{Add, Div, Mul, Sub};

use super::access::LANES;

/// Four f32 lanes.
#[derive(Clone, Copy)]
pub struct F32x4(v128);

/// Two f64 lanes.
#[derive(Clone, Copy)]
pub struct F64x2(v128);

impl F32x4 {
    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    #[inline(always)]
    pub fn from_array([a, b, c, d]: [f32; 4]) -> Self {
        Self(f32x4(a, b, c, d))
    }

    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        [
            f32x4_extract_lane::<0>(self.0),
            f32x4_extract_lane::<1>(self.0),
            f32x4_extract_lane::<2>(self.0),
            f32x4_extract_lane::<3>(self.0),
        ]
    }

    /// # Safety
    /// * `from` is valid for reads of four f32; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        // SAFETY: `from` is valid for 16 bytes by this function's contract; v128.load takes any alignment.
        Self(unsafe { v128_load(from.cast()) })
    }

    /// # Safety
    /// * `to` is valid for writes of four f32; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        // SAFETY: `to` is valid for 16 bytes by this function's contract; v128.store takes any alignment.
        unsafe { v128_store(to.cast(), self.0) }
    }

    /// The last `count` (1 to 3) lanes moved to the front, those of `pad` behind them.
    #[inline(always)]
    pub fn tail(self, count: usize, pad: Self) -> Self {
        let places = slide(LANES - count);
        // A place beyond the vector gives 0.
        Self(v128_or(i8x16_swizzle(self.0, places), v128_and(pad.0, beyond(places))))
    }

    /// The first `count` (1 to 3) lanes replaced by those of `value`.
    #[inline(always)]
    pub fn with_head(self, value: Self, count: usize) -> Self {
        Self(v128_bitselect(self.0, value.0, beyond(slide(LANES - count))))
    }

    /// The opposite of [`F32x4::widen`]: each lane rounded to the nearest f32.
    #[inline(always)]
    pub fn narrow([low, high]: [F64x2; 2]) -> Self {
        Self(i32x4_shuffle::<0, 1, 4, 5>(f32x4_demote_f64x2_zero(low.0), f32x4_demote_f64x2_zero(high.0)))
    }

    /// The lower and the upper two lanes in f64: `[0, 1]` and `[2, 3]`.
    #[inline(always)]
    pub fn widen(self) -> [F64x2; 2] {
        let upper = i32x4_shuffle::<2, 3, 2, 3>(self.0, self.0);
        [F64x2(f64x2_promote_low_f32x4(self.0)), F64x2(f64x2_promote_low_f32x4(upper))]
    }
}

/// The places of all bytes, `lanes` further on; those beyond the vector are above 15.
#[inline(always)]
fn slide(lanes: usize) -> v128 {
    let first = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    i8x16_add(first, i8x16_splat((size_of::<f32>() * lanes) as i8))
}

#[inline(always)]
fn beyond(places: v128) -> v128 {
    i8x16_gt(places, i8x16_splat(15))
}

impl F64x2 {
    #[inline(always)]
    pub fn splat(value: f64) -> Self {
        Self(f64x2_splat(value))
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(f64x2_sqrt(self.0))
    }

    /// Zero in the lanes where `other` is zero.
    #[inline(always)]
    pub fn zero_where_zero(self, other: Self) -> Self {
        Self(v128_and(self.0, f64x2_ne(other.0, f64x2_splat(0.0))))
    }

    /// Whether every lane is at most that of `other`; none is NaN then.
    #[inline(always)]
    pub fn all_le(self, other: Self) -> bool {
        i64x2_all_true(f64x2_le(self.0, other.0))
    }

    #[inline(always)]
    pub fn to_array(self) -> [f64; 2] {
        [f64x2_extract_lane::<0>(self.0), f64x2_extract_lane::<1>(self.0)]
    }

    /// # Safety
    /// * `from` is valid for reads of two f64; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn load(from: *const f64) -> Self {
        // SAFETY: `from` is valid for 16 bytes by this function's contract; v128.load takes any alignment.
        Self(unsafe { v128_load(from.cast()) })
    }

    /// # Safety
    /// * `to` is valid for writes of two f64; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f64) {
        // SAFETY: `to` is valid for 16 bytes by this function's contract; v128.store takes any alignment.
        unsafe { v128_store(to.cast(), self.0) }
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }
}

impl Add for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f64x2_add(self.0, other.0))
    }
}

impl Sub for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f64x2_sub(self.0, other.0))
    }
}

impl Mul for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f64x2_mul(self.0, other.0))
    }
}

impl Div for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f64x2_div(self.0, other.0))
    }
}

/// The square root, correctly rounded (`core` has none; the vector instruction does).
#[inline(always)]
pub fn sqrt(value: f64) -> f64 {
    f64x2_extract_lane::<0>(f64x2_sqrt(f64x2_splat(value)))
}
