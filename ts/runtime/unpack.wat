;; Turns the packed text, which lies at 0, into the bytes it stands for, which then lie behind it, and returns where they end;
;; scripts/lib/pack.mjs and scripts/lib/split.mjs say how it is packed. In WebAssembly, since it runs once: as JavaScript,
;; interpreted at first, it took several times as long, the compilation of this included.
(module
  (memory (export "memory") 1)
  (func (export "unpack") (param $length i32) (result i32)
    (local $from i32)
    (local $to i32)
    (local $character i32)
    (local $digit i32)
    (local $shift i32)
    (local $word i32)
    (local $words i32)
    (local $end i32)
    (local $count i32)
    (local $some i32)
    (local $byte i32)
    ;; Digits to bytes, which never overtake them, and so go to the same place.
    (loop $characters
      ;; From '#' on, but for the backslash.
      (local.set $digit
        (i32.sub
          (i32.sub (local.tee $character (i32.load8_u (local.get $from))) (i32.const 35))
          (i32.gt_u (local.get $character) (i32.const 92))))
      (i32.store8 (local.get $to) (i32.add (local.get $digit) (local.get $shift)))
      (local.set $to (i32.add (local.get $to) (i32.lt_u (local.get $digit) (i32.const 89))))
      (local.set $shift
        (select
          (i32.const 0)
          (i32.mul (i32.sub (local.get $digit) (i32.const 88)) (i32.const 89))
          (i32.lt_u (local.get $digit) (i32.const 89))))
      (br_if $characters
        (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 1))) (local.get $length))))
    ;; Streams to a module, without a branch that depends on them where none is needed.
    (local.set $end (local.get $to))
    (local.set $to (local.get $length))
    (local.set $words (i32.load (i32.const 28)))
    (loop $module
      (local.set $word (i32.shl (i32.load8_u (local.get $words)) (i32.const 3)))
      (i32.store (local.get $to) (i32.load offset=32 (local.get $word)))
      (local.set $to (i32.add (local.get $to) (i32.load8_u offset=36 (local.get $word))))
      (local.set $count (i32.load8_u offset=38 (local.get $word)))
      (local.set $from (i32.load (i32.load8_u offset=37 (local.get $word))))
      (loop $rest
        (i32.store8 (local.get $to) (local.tee $byte (i32.load8_u (local.get $from))))
        (local.set $some (i32.ne (local.get $count) (i32.const 0)))
        (local.set $from (i32.add (local.get $from) (local.get $some)))
        (local.set $to (i32.add (local.get $to) (local.get $some)))
        (br_if $rest
          (local.tee $count
            (i32.sub
              (local.get $count)
              (i32.and
                (local.get $some)
                (i32.le_u (local.get $byte) (i32.load8_u offset=39 (local.get $word))))))))
      (i32.store (i32.load8_u offset=37 (local.get $word)) (local.get $from))
      (br_if $module
        (i32.lt_u (local.tee $words (i32.add (local.get $words) (i32.const 1))) (local.get $end))))
    (local.get $to)))
