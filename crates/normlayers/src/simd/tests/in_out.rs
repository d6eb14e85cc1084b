//! A source and a destination, and parts of them, reach the elements that are named, in place or not.

use super::{Guarded, test};
use crate::simd::InOut;

#[test]
fn parts_reach_the_first_and_the_last_element_and_no_further() {
    for len in 1..=9 {
        let (x, mut y) = (Guarded::new(len, 1, 1), Guarded::new(len, 2, 2));
        let mut want = y.values().to_vec();
        let mut io = InOut::new(x.values(), y.values_mut());
        io.part(0..1).update(0, |v| v + 1.0);
        io.part(0..len).accumulate(len - 1, |v| v + 2.0);
        assert!(io.part(len..len).is_empty() && io.part(0..0).is_empty());
        assert_eq!(io.part(len - 1..len).source(), &x.values()[len - 1..]);
        want[0] = x.values()[0] + 1.0;
        want[len - 1] += x.values()[len - 1] + 2.0;
        y.assert(&want, len);
    }
}

#[test]
fn in_out_reads_its_source_and_writes_its_destination() {
    for in_place in [false, true] {
        let (x, mut y) = (Guarded::new(9, 1, 1), Guarded::new(9, 1, if in_place { 1 } else { 2 }));
        let (source, mut want) = (x.values().to_vec(), y.values().to_vec());
        let mut io = if in_place { InOut::in_place(y.values_mut()) } else { InOut::new(x.values(), y.values_mut()) };
        assert_eq!((io.len(), io.is_empty(), io.source()), (9, false, &source[..]));
        assert_eq!(io.before(), want);
        assert_eq!(io.part(2..5).before(), &want[2..5]);
        assert!(io.part(4..4).is_empty());
        io.update(0, |v| v + 100.0);
        io.part(3..7).update(3, |v| v * 2.0);
        io.part(3..7).part(1..2).accumulate(0, |v| v * 3.0);
        want[0] = source[0] + 100.0;
        want[6] = source[6] * 2.0;
        want[4] += source[4] * 3.0;
        y.assert(&want, in_place);
    }
}
