//! The norms with their shapes, and the two index maps that define each: which statistic and which
//! parameter an element has.

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Norm {
    Layer { rows: usize, len: usize },
    Rms { rows: usize, len: usize },
    Batch { n: usize, c: usize, s: usize },
    Frozen { n: usize, c: usize, s: usize },
    Group { n: usize, c: usize, s: usize, groups: usize, last: bool },
    Instance { n: usize, c: usize, s: usize, last: bool },
}
use Norm::*;

pub const fn layer(rows: usize, len: usize) -> Norm {
    Layer { rows, len }
}
pub const fn rms(rows: usize, len: usize) -> Norm {
    Rms { rows, len }
}
pub const fn batch(n: usize, c: usize, s: usize) -> Norm {
    Batch { n, c, s }
}
/// Channels last: the positions count as data points.
pub fn batch_last(n: usize, s: usize, c: usize) -> Norm {
    Batch { n: n * s, c, s: 1 }
}
pub const fn frozen(n: usize, c: usize, s: usize) -> Norm {
    Frozen { n, c, s }
}
pub fn frozen_last(n: usize, s: usize, c: usize) -> Norm {
    Frozen { n: n * s, c, s: 1 }
}
pub const fn group(n: usize, c: usize, s: usize, groups: usize) -> Norm {
    Group { n, c, s, groups, last: false }
}
pub fn group_last(n: usize, s: usize, c: usize, groups: usize) -> Norm {
    Group { n, c, s, groups, last: true }
}
pub const fn instance(n: usize, c: usize, s: usize) -> Norm {
    Instance { n, c, s, last: false }
}
pub fn instance_last(n: usize, s: usize, c: usize) -> Norm {
    Instance { n, c, s, last: true }
}

/// Every norm in both layouts and through every core, with about `n` elements per statistic.
pub fn every_norm(n: usize) -> [Norm; 15] {
    [
        layer(2, n),
        layer(7, n),
        rms(7, n),
        batch(1, 2, n),
        batch(4, 2, n / 4 + 1),
        batch_last(1, n, 3),
        batch_last(1, n, 64),
        frozen(3, 2, n / 3 + 1),
        frozen_last(1, n, 5),
        group(2, 4, n / 2 + 1, 2),
        group_last(1, n / 2 + 1, 6, 3),
        group(2, 2 * n, 1, 2),
        instance(1, 2, n),
        instance_last(1, n, 3),
        group_last(2, n / 5 + 1, 10, 2),
    ]
}

/// Every norm in both layouts, `len` long in the direction that its loops run in.
pub fn along(len: usize) -> [Norm; 12] {
    [
        layer(3, len),
        rms(3, len),
        batch(2, 3, len),
        batch_last(1, len, 5),
        batch(5, len, 1),
        frozen(2, 3, len),
        frozen_last(1, len, 5),
        group(2, 4, len, 2),
        group_last(2, len, 6, 2),
        group(2, 2 * len, 1, 2),
        instance(2, 3, len),
        instance_last(2, len, 3),
    ]
}

impl Norm {
    pub fn elements(self) -> usize {
        match self {
            Layer { rows, len } | Rms { rows, len } => rows * len,
            Batch { n, c, s } | Frozen { n, c, s } | Group { n, c, s, .. } | Instance { n, c, s, .. } => n * c * s,
        }
    }

    pub fn statistics(self) -> usize {
        match self {
            Layer { rows, .. } | Rms { rows, .. } => rows,
            Batch { c, .. } | Frozen { c, .. } => c,
            Group { n, groups, .. } => n * groups,
            Instance { n, c, .. } => n * c,
        }
    }

    pub fn parameters(self) -> usize {
        match self {
            Layer { len, .. } | Rms { len, .. } => len,
            Batch { c, .. } | Frozen { c, .. } | Group { c, .. } | Instance { c, .. } => c,
        }
    }

    /// Which statistic element `i` belongs to.
    pub fn statistic(self, i: usize) -> usize {
        match self {
            Layer { len, .. } | Rms { len, .. } => i / len,
            Batch { c, s, .. } | Frozen { c, s, .. } => i / s % c,
            Group { c, s, groups, last: false, .. } => i / (c / groups * s),
            Group { c, s, groups, last: true, .. } => i / (s * c) * groups + i % c / (c / groups),
            Instance { s, last: false, .. } => i / s,
            Instance { c, s, last: true, .. } => i / (s * c) * c + i % c,
        }
    }

    /// Which weight and bias element `i` has.
    pub fn parameter(self, i: usize) -> usize {
        match self {
            Layer { len, .. } | Rms { len, .. } => i % len,
            Group { c, last: true, .. } | Instance { c, last: true, .. } => i % c,
            Batch { c, s, .. } | Frozen { c, s, .. } | Group { c, s, .. } | Instance { c, s, .. } => i / s % c,
        }
    }

    /// Whether the mean is subtracted.
    pub fn is_centred(self) -> bool {
        !matches!(self, Rms { .. })
    }

    /// Whether the statistics are constants.
    pub fn is_frozen(self) -> bool {
        matches!(self, Frozen { .. })
    }

    /// The norm that finds the statistics which this one may have as constants.
    pub fn in_training(self) -> Norm {
        match self {
            Frozen { n, c, s } => Batch { n, c, s },
            norm => norm,
        }
    }

    /// The same over another number of data points, where those are independent of each other.
    pub fn with_points(self, n: usize) -> Norm {
        match self {
            Layer { len, .. } => Layer { rows: n, len },
            Rms { len, .. } => Rms { rows: n, len },
            Frozen { c, s, .. } => Frozen { n, c, s },
            Group { c, s, groups, last, .. } => Group { n, c, s, groups, last },
            Instance { c, s, last, .. } => Instance { n, c, s, last },
            Batch { .. } => panic!("batch norm ties its data points together"),
        }
    }

    pub fn points(self) -> usize {
        match self {
            Layer { rows: n, .. } | Rms { rows: n, .. } => n,
            Batch { n, .. } | Frozen { n, .. } | Group { n, .. } | Instance { n, .. } => n,
        }
    }
}
