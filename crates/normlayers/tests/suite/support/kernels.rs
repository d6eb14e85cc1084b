//! The kernels behind one interface: each call gets its slices where `Place` says, between guards, and
//! scratch of exactly the size that was stated, full of rubbish.

use normlayers::{
    Affine, Dx, Gradient, InOut, Incoming, ParameterGradients, Running, Scratch, ScratchSize, Statistics, StatisticsMut,
};
use normlayers::{batch_norm, frozen, group_norm, instance_norm, layer_norm, rms_norm};

use super::{Norm, Problem};

/// Where slices lie, and what scratch holds before a call.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// y over x, dx over dy.
    pub in_place: bool,
    /// Elements between a slice and the start of its allocation.
    pub offset: usize,
    pub rubbish: f32,
}

impl Default for Place {
    fn default() -> Self {
        Self { in_place: false, offset: 0, rubbish: f32::NAN }
    }
}

const GUARD: u32 = 0x4B61_626F;

/// Miri watches every allocation: there, slices are exactly that, without guards that would hide what is read beyond.
const GUARDS: usize = if cfg!(miri) { 0 } else { 4 };

/// A slice between guards.
struct Guarded {
    memory: Vec<f32>,
    offset: usize,
    len: usize,
}

impl Guarded {
    fn new(values: &[f32], offset: usize) -> Self {
        let offset = if GUARDS > 0 { offset } else { 0 };
        let mut memory = vec![f32::from_bits(GUARD); offset + values.len() + GUARDS];
        memory[offset..offset + values.len()].copy_from_slice(values);
        Self { memory, offset, len: values.len() }
    }

    fn values(&mut self) -> &mut [f32] {
        &mut self.memory[self.offset..self.offset + self.len]
    }

    fn take(mut self) -> Vec<f32> {
        let values = self.values().to_vec();
        let mut guards = self.memory[..self.offset].iter().chain(&self.memory[self.offset + self.len..]);
        assert!(guards.all(|g| g.to_bits() == GUARD), "a guard was overwritten");
        values
    }
}

/// Scratch of a stated size.
pub struct Dirty(Vec<f32>, Vec<f64>);

impl Dirty {
    pub fn new(size: ScratchSize, rubbish: f32) -> Self {
        Self(vec![rubbish; size.f32s], vec![f64::from(rubbish); size.f64s])
    }

    pub fn lend(&mut self) -> Scratch<'_> {
        Scratch { f32s: &mut self.0, f64s: &mut self.1 }
    }
}

/// Mean and rstd of every statistic; RMS norm has means of 0 here.
#[derive(Clone, Debug)]
pub struct Saved {
    pub mean: Vec<f64>,
    pub rstd: Vec<f64>,
}

impl Saved {
    fn new(norm: Norm) -> Self {
        let mean = if norm.is_centred() { f64::NAN } else { 0.0 };
        Self { mean: vec![mean; norm.statistics()], rstd: vec![f64::NAN; norm.statistics()] }
    }

    fn get(&self) -> Statistics<'_> {
        Statistics { mean: &self.mean, rstd: &self.rstd }
    }

    fn set(&mut self) -> StatisticsMut<'_> {
        StatisticsMut { mean: &mut self.mean, rstd: &mut self.rstd }
    }
}

#[derive(Clone, Debug)]
pub struct Forward {
    pub y: Vec<f32>,
    pub saved: Saved,
}

fn batch_shape(n: usize, c: usize, s: usize) -> batch_norm::Shape {
    batch_norm::Shape { n, c, s }
}

fn group_shape(norm: Norm) -> group_norm::Shape {
    match norm {
        Norm::Group { n, c, s, groups, last } => group_norm::Shape { n, c, s, groups, channels_last: last },
        Norm::Instance { n, c, s, last } => group_norm::Shape { n, c, s, groups: c, channels_last: last },
        other => panic!("{other:?} is no group norm"),
    }
}

fn scratch(norm: Norm, rubbish: f32) -> Dirty {
    let size = match norm {
        Norm::Layer { rows, len } | Norm::Rms { rows, len } => layer_norm::scratch(rows, len),
        Norm::Batch { n, c, s } | Norm::Frozen { n, c, s } => batch_shape(n, c, s).scratch(),
        Norm::Group { .. } | Norm::Instance { .. } => group_shape(norm).scratch(),
    };
    Dirty::new(size, rubbish)
}

/// y, and what is saved.
pub fn forward(p: &Problem, place: Place) -> Forward {
    forward_with(p, place, true, None)
}

/// y, saving or not, with running statistics or not.
pub fn forward_with(p: &Problem, place: Place, save: bool, running: Option<Running<'_>>) -> Forward {
    let mut x = Guarded::new(&p.x, place.offset);
    let mut y = Guarded::new(&vec![f32::NAN; p.x.len()], (place.offset + 1) % 4);
    let mut saved = if p.norm.is_frozen() { statistics(p, place) } else { Saved::new(p.norm) };
    let mut dirty = scratch(p.norm, place.rubbish);
    let (eps, scratch) = (p.eps, dirty.lend());
    let affine = Affine { weight: p.weight.as_deref(), bias: p.bias.as_deref() };
    let io = if place.in_place { InOut::in_place(x.values()) } else { InOut::new(x.values(), y.values()) };
    match p.norm {
        Norm::Layer { len, .. } => layer_norm::forward(len, io, affine, eps, save.then_some(saved.set())),
        Norm::Rms { len, .. } => rms_norm::forward(len, io, affine, eps, save.then_some(&mut saved.rstd)),
        Norm::Batch { n, c, s } => {
            batch_norm::forward(batch_shape(n, c, s), io, affine, eps, save.then_some(saved.set()), running, scratch);
        }
        Norm::Frozen { n, c, s } => frozen::forward(batch_shape(n, c, s), io, affine, saved.get(), scratch),
        Norm::Group { .. } => {
            group_norm::forward(group_shape(p.norm), io, affine, eps, save.then_some(saved.set()), scratch);
        }
        Norm::Instance { .. } => {
            let saved = save.then_some(saved.set());
            instance_norm::forward(group_shape(p.norm), io, affine, eps, saved, running, scratch);
        }
    }
    let (x, y) = (x.take(), y.take());
    Forward { y: if place.in_place { x } else { y }, saved }
}

/// What the statistics function of the norm gives.
pub fn statistics(p: &Problem, place: Place) -> Saved {
    let mut x = Guarded::new(&p.x, place.offset);
    let mut saved = Saved::new(p.norm);
    let mut dirty = scratch(p.norm, place.rubbish);
    let (eps, x) = (p.eps, &*x.values());
    match p.norm {
        Norm::Layer { len, .. } => layer_norm::statistics(len, x, eps, saved.set()),
        Norm::Rms { len, .. } => rms_norm::statistics(len, x, eps, &mut saved.rstd),
        Norm::Batch { n, c, s } => batch_norm::statistics(batch_shape(n, c, s), x, eps, saved.set(), dirty.lend()),
        Norm::Frozen { .. } => frozen::statistics(&p.running_mean, &p.running_var, eps, saved.set()),
        Norm::Group { .. } | Norm::Instance { .. } => {
            group_norm::statistics(group_shape(p.norm), x, eps, saved.set(), dirty.lend());
        }
    }
    saved
}

/// Which gradients, and whether they are added to what is there.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub dx: bool,
    pub dweight: bool,
    pub dbias: bool,
    pub accumulate: bool,
}

impl Ask {
    pub const ALL: Self = Self { dx: true, dweight: true, dbias: true, accumulate: false };

    pub fn each() -> impl Iterator<Item = Self> {
        let bit = |bits: u32, k: u32| bits >> k & 1 == 1;
        (0..16).map(move |b| Self { dx: bit(b, 0), dweight: bit(b, 1), dbias: bit(b, 2), accumulate: bit(b, 3) })
    }
}

#[derive(Clone, Debug)]
pub struct Gradients {
    pub dx: Option<Vec<f32>>,
    pub dweight: Option<Vec<f32>>,
    pub dbias: Option<Vec<f32>>,
}

/// What gradients are added to.
pub fn prior(i: usize) -> f32 {
    ((i % 7) as f32 - 3.0) * 0.75
}

/// The gradients asked for. In place counts only where dx is overwritten.
pub fn backward(p: &Problem, saved: &Saved, ask: Ask, place: Place) -> Gradients {
    let start = |len: usize, offset: usize| {
        let values: Vec<f32> = (0..len).map(|i| if ask.accumulate { prior(i) } else { f32::NAN }).collect();
        Guarded::new(&values, (place.offset + offset) % 4)
    };
    let in_place = place.in_place && !ask.accumulate;
    let mut x = Guarded::new(&p.x, place.offset);
    let mut dy = Guarded::new(&p.dy, (place.offset + 1) % 4);
    let mut dx = start(p.x.len(), 2);
    let (mut dweight, mut dbias) = (start(p.norm.parameters(), 3), start(p.norm.parameters(), 0));

    let incoming = match (ask.dx, ask.accumulate) {
        (false, _) => Incoming::Read(dy.values()),
        (true, true) => Incoming::Into(Dx::accumulate(dy.values(), dx.values())),
        (true, false) if in_place => Incoming::Into(Dx::overwrite(InOut::in_place(dy.values()))),
        (true, false) => Incoming::Into(Dx::overwrite(InOut::new(dy.values(), dx.values()))),
    };
    let accumulate = ask.accumulate;
    let gradients = ParameterGradients {
        weight: ask.dweight.then_some(Gradient { values: dweight.values(), accumulate }),
        bias: ask.dbias.then_some(Gradient { values: dbias.values(), accumulate }),
    };
    let mut dirty = scratch(p.norm, place.rubbish);
    let (scratch, weight, statistics, xs) = (dirty.lend(), p.weight.as_deref(), saved.get(), &*x.values());
    match p.norm {
        Norm::Layer { len, .. } => layer_norm::backward(len, xs, incoming, weight, statistics, gradients, scratch),
        Norm::Rms { len, .. } => rms_norm::backward(len, xs, incoming, weight, statistics.rstd, gradients, scratch),
        Norm::Batch { n, c, s } => {
            batch_norm::backward(batch_shape(n, c, s), xs, incoming, weight, statistics, gradients, scratch);
        }
        Norm::Frozen { n, c, s } => {
            frozen::backward(batch_shape(n, c, s), xs, incoming, weight, statistics, gradients, scratch);
        }
        Norm::Group { .. } | Norm::Instance { .. } => {
            group_norm::backward(group_shape(p.norm), xs, incoming, weight, statistics, gradients, scratch);
        }
    }
    let (dy, dx) = (dy.take(), dx.take());
    Gradients {
        dx: ask.dx.then_some(if in_place { dy } else { dx }),
        dweight: Some(dweight.take()).filter(|_| ask.dweight),
        dbias: Some(dbias.take()).filter(|_| ask.dbias),
    }
}
