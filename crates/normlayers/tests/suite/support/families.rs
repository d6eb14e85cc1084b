//! Data that breaks careless kernels: what x and dy look like within a statistic. A suite crosses these with
//! norms, sizes and eps.

use super::Random;

/// How an element lies within its statistic: element j of n.
#[derive(Clone, Copy)]
pub struct Place {
    pub j: usize,
    pub n: usize,
}

type Shape = fn(&mut Random, Place) -> f64;

/// Distributions about zero with a spread of about 1.
const SHAPES: [(&str, Shape); 12] = [
    ("normal", |r, _| r.normal()),
    ("sorted", |_, p| 3.5 * (p.share() - 0.5)),
    ("falling", |_, p| 3.5 * (0.5 - p.share())),
    ("alternating", |_, p| if p.j % 2 == 0 { 1.0 } else { -1.0 }),
    ("two levels", |r, p| if p.j < p.n / 2 { 1.0 } else { -1.0 } + 1e-3 * r.normal()),
    ("two unequal levels", |r, p| if p.j < p.n - p.n / 8 { -0.35 } else { 2.5 } + 1e-3 * r.normal()),
    ("one outlier", |r, p| if p.j == p.n / 3 { 100.0 } else { 0.01 * r.normal() }),
    ("the first 16 unlike the rest", |r, p| if p.j < 16 { 30.0 } else { 0.0 } + r.normal()),
    ("the first block unlike the rest", |r, p| if p.j < 256 { 1e4 } else { 0.0 } + r.normal()),
    ("the first nearly equal", |r, p| if p.j < 16 { 1e-6 } else { 1.0 } * r.normal()),
    ("a coarse grid", |r, _| r.normal().round()),
    ("a drift", |r, p| (p.j as f64).sqrt() + r.normal()),
];

/// In spreads.
const OFFSETS: [f64; 7] = [0.0, 1.0, -1e2, 1e3, -1e4, 1e5, 1e6];
const SCALES: [f64; 4] = [1.0, 1e30, 1e-18, 1e-30];

/// Where an offset in spreads says nothing.
const SPECIAL: [(&str, Shape); 10] = [
    ("subnormal", |r, _| 1e-40 * r.normal()),
    ("the smallest numbers", |_, p| 1.5e-45 * (p.j % 3) as f64),
    ("the largest numbers", |r, _| f64::from(f32::MAX) * (r.uniform() * 2.0 - 1.0)),
    ("both ends of f32", |_, p| f64::from(if p.j % 2 == 0 { f32::MAX } else { f32::MIN })),
    ("a value and an ulp more in the middle", |_, p| ulp_more(1000.0, p.j == p.n / 2)),
    ("a value and an ulp more at the start", |_, p| ulp_more(0.1, p.j == 0)),
    ("a value, half of it an ulp more", |_, p| ulp_more(-7.7e5, p.j % 2 == 1)),
    ("an outlier of 1e30 among ones", |_, p| if p.j == p.n - 1 { 1e30 } else { 1.0 }),
    ("first an outlier of 1e30", |r, p| if p.j == 0 { 1e30 } else { r.normal() }),
    ("even numbers beyond 2^24", |r, _| 16_777_216.0 + 2.0 * (r.normal() * 2.0).round()),
];

fn ulp_more(value: f32, more: bool) -> f64 {
    f64::from(if more { value.next_up() } else { value })
}

impl Place {
    fn share(self) -> f64 {
        self.j as f64 / self.n as f64
    }
}

/// What x is made of.
#[derive(Clone, Copy)]
pub struct Data {
    name: &'static str,
    shape: Shape,
    /// In spreads, and what all is multiplied by; none where the shape says it all.
    at: Option<(f64, f64)>,
}

impl Data {
    /// Every shape at every offset and scale, and what is special.
    pub fn each() -> impl Iterator<Item = Self> {
        let at = SCALES.into_iter().flat_map(|scale| OFFSETS.map(|offset| Some((offset, scale))));
        let crossed = at.flat_map(|at| SHAPES.map(|(name, shape)| Self { name, shape, at }));
        crossed.chain(SPECIAL.map(|(name, shape)| Self { name, shape, at: None }))
    }

    /// Every shape at zero and far away, and what is special.
    pub fn few() -> impl Iterator<Item = Self> {
        Self::each().filter(|data| data.at.is_none_or(|(offset, scale)| scale == 1.0 && (offset % 1e6 == 0.0)))
    }

    pub fn name(&self) -> String {
        match self.at {
            Some((offset, scale)) => format!("{}, {offset:e} spreads from zero, times {scale:e}", self.name),
            None => self.name.into(),
        }
    }

    pub fn value(&self, random: &mut Random, j: usize, n: usize) -> f64 {
        let (offset, scale) = self.at.unwrap_or((0.0, 1.0));
        scale * (offset + (self.shape)(random, Place { j, n }))
    }
}

/// What dy of one element is made of: where it lies, among the statistics too, and its x̂.
#[derive(Clone, Copy)]
pub struct Around {
    pub place: Place,
    pub k: usize,
    pub statistics: usize,
    pub normalized: f64,
}

impl Around {
    /// 1 in the first half of a statistic and of the statistics, −1 in one second half: sums that grow, then cancel.
    fn half(self) -> f64 {
        if (self.place.j < self.place.n.div_ceil(2)) == (self.k < self.statistics.div_ceil(2)) { 1.0 } else { -1.0 }
    }
}

/// What dy is made of.
pub type Incoming = (&'static str, fn(&mut Random, Around) -> f64);

pub const INCOMING: [Incoming; 16] = [
    ("normal", |r, _| r.normal()),
    ("ones", |_, _| 1.0),
    ("0.1, which adds up with rounding", |_, _| 0.1),
    ("offset by a thousand", |r, _| 1e3 + r.normal()),
    ("alternating", |_, a| if a.place.j % 2 == 0 { 1.0 } else { -1.0 }),
    ("the sign of x̂", |_, a| a.normalized.signum()),
    ("x̂", |_, a| a.normalized),
    ("1 + x̂", |_, a| 1.0 + a.normalized),
    ("sorted", |_, a| a.place.share() - 0.5),
    ("growing, then cancelled", |r, a| a.half() * (1.0 + 1e-3 * r.normal())),
    ("one of 1e30 among ones", |_, a| if a.place.j == a.place.n / 2 && a.k == 0 { 1e30 } else { 1.0 }),
    ("zero but for one", |_, a| if a.place.j == a.place.n - 1 { 1.0 } else { 0.0 }),
    ("all zero", |_, _| 0.0),
    ("near 1e30", |r, _| 1e30 * r.normal()),
    ("near 1e-30", |r, _| 1e-30 * r.normal()),
    ("subnormal", |r, _| 1e-40 * r.normal()),
];
