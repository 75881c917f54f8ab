;; Canonical form of one JSON object, see fast-canonical.ts for what it leaves to canonical.ts. `npm run generate` makes
;; canonical-wasm.gen.ts of it. The memory: 0 where the last form ends; from 64 the members of all objects that are open,
;; eight words each (where key and value of one begin and end, and by what its key is put in order); from 65536 the source, with a zero behind it; from 4325376
;; what is written; from 8650752 to 12845056 the forms of lists and objects within, one after the other.
;; A value that stands in the source as it should is not copied before its place is known: most bytes are copied once.
;; Copies go in words of 16 bytes, past their own length: what lies there is written later, or never read.
(module
  (memory (export "memory") 197)
  ;; Where the form of the value that was read last lies: in the source, or among the forms within.
  (global $from (mut i32) (i32.const 0))
  (global $to (mut i32) (i32.const 0))
  ;; Behind the last member of the objects that are open, and behind the last form within.
  (global $open (mut i32) (i32.const 64))
  (global $free (mut i32) (i32.const 8650752))
  ;; Where the form of the whole is written.
  (global $place (mut i32) (i32.const 0))

  (func $copy (param $to i32) (param $from i32) (param $count i32)
    (local $end i32)
    (if (i32.gt_u (local.get $count) (i32.const 4096)) (then
      (memory.copy (local.get $to) (local.get $from) (local.get $count))
      (return)))
    (local.set $end (i32.add (local.get $to) (local.get $count)))
    (loop $more
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $more (i32.lt_u (local.get $to) (local.get $end)))))

  ;; Each of the following reads from $at and returns where that ends, or -1 where it is left to canonical.ts.

  (func $space (param $at i32) (result i32)
    (local $byte i32)
    (loop $more
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.gt_u (local.get $byte) (i32.const 0x20)) (then (return (local.get $at))))
      (if (i32.or
            (i32.or (i32.eq (local.get $byte) (i32.const 0x20)) (i32.eq (local.get $byte) (i32.const 0x0a)))
            (i32.or (i32.eq (local.get $byte) (i32.const 0x0d)) (i32.eq (local.get $byte) (i32.const 0x09))))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $more))))
    (local.get $at))

  ;; From behind the opening quote. Escapes that the canonical form has too are kept; others need a decoder.
  (func $string (param $at i32) (result i32)
    (local $chunk v128) (local $found i32) (local $byte i32)
    (loop $more
      (local.set $chunk (v128.load align=1 (local.get $at)))
      (local.set $found (i8x16.bitmask (v128.or
        (v128.or
          (i8x16.eq (local.get $chunk) (i8x16.splat (i32.const 0x22)))
          (i8x16.eq (local.get $chunk) (i8x16.splat (i32.const 0x5c))))
        (i8x16.lt_u (local.get $chunk) (i8x16.splat (i32.const 0x20))))))
      (if (i32.eqz (local.get $found)) (then
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $more)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then
        (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.ne (local.get $byte) (i32.const 0x5c)) (then (return (i32.const -1))))
      (local.set $byte (i32.load8_u offset=1 (local.get $at)))
      (if (i32.eqz (i32.or
            (i32.or (i32.eq (local.get $byte) (i32.const 0x22)) (i32.eq (local.get $byte) (i32.const 0x5c)))
            ;; b, f, n, r and t
            (i32.and
              (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x62)) (i32.const 19))
              (i32.and
                (i32.shr_u (i32.const 0x51011) (i32.sub (local.get $byte) (i32.const 0x62)))
                (i32.const 1)))))
        (then (return (i32.const -1))))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br $more))
    (unreachable))

  ;; A number, `true`, `false` or `null`.
  (func $word (param $at i32) (result i32)
    (local $start i32) (local $byte i32)
    (local.set $start (local.get $at))
    (loop $more
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.or
            (i32.or
              (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10))
              (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x61)) (i32.const 26)))
            (i32.or
              (i32.or (i32.eq (local.get $byte) (i32.const 0x2e)) (i32.eq (local.get $byte) (i32.const 0x2d)))
              (i32.or (i32.eq (local.get $byte) (i32.const 0x2b)) (i32.eq (local.get $byte) (i32.const 0x45)))))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $more))))
    (select (i32.const -1) (local.get $at) (i32.eq (local.get $at) (local.get $start))))

  ;; $at is where the value begins. Sets $from and $to, as $list and $object do.
  (func $value (param $at i32) (param $depth i32) (result i32)
    (local $byte i32) (local $end i32)
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $byte) (i32.const 0x7b)) (then
      (return (call $object (i32.add (local.get $at) (i32.const 1)) (local.get $depth)))))
    (if (i32.eq (local.get $byte) (i32.const 0x5b)) (then
      (return (call $list (i32.add (local.get $at) (i32.const 1)) (local.get $depth)))))
    (if (i32.eq (local.get $byte) (i32.const 0x22))
      (then (local.set $end (call $string (i32.add (local.get $at) (i32.const 1)))))
      (else (local.set $end (call $word (local.get $at)))))
    (global.set $from (local.get $at))
    (global.set $to (local.get $end))
    (local.get $end))

  ;; Begins the form of a list with what of the source it has in common with it; returns where that ends, or 0 where
  ;; there is no room. Nothing within is longer than its source, so one look at the room is enough for all of it.
  (func $begin (param $start i32) (param $at i32) (result i32)
    (local $to i32)
    (local.set $to (global.get $free))
    (if (i32.gt_u (i32.add (local.get $to) (i32.sub (local.get $at) (local.get $start))) (i32.const 12845056))
      (then (return (i32.const 0))))
    (call $copy (local.get $to) (local.get $start) (i32.sub (local.get $at) (local.get $start)))
    (i32.add (local.get $to) (i32.sub (local.get $at) (local.get $start))))

  ;; As it stands in the source for as long as it can be, then written among the forms within, to $end.
  (func $list (param $at i32) (param $depth i32) (result i32)
    (local $byte i32) (local $start i32) (local $item i32) (local $first i32) (local $end i32) (local $length i32)
    (if (i32.gt_u (local.get $depth) (i32.const 100)) (then (return (i32.const -1))))
    (local.set $start (i32.sub (local.get $at) (i32.const 1)))
    (local.set $item (call $space (local.get $at)))
    (if (i32.eq (i32.load8_u (local.get $item)) (i32.const 0x5d)) (then
      (global.set $from (local.get $start))
      (global.set $to (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ne (local.get $item) (local.get $at)) (then
        (if (i32.gt_u (global.get $free) (i32.const 12845056)) (then (return (i32.const -1))))
        (global.set $from (global.get $free))
        (i32.store16 align=1 (global.get $free) (i32.const 0x5d5b))
        (global.set $free (i32.add (global.get $free) (i32.const 2)))
        (global.set $to (global.get $free))))
      (return (i32.add (local.get $item) (i32.const 1)))))
    (loop $more
      (local.set $item (local.get $at))
      (if (i32.le_u (i32.load8_u (local.get $item)) (i32.const 0x20)) (then
        (local.set $item (call $space (local.get $item)))))
      (if (i32.eqz (local.get $end)) (then
        (if (i32.ne (local.get $item) (local.get $at)) (then
          (local.set $first (global.get $free))
          (local.set $end (call $begin (local.get $start) (local.get $at)))
          (if (i32.eqz (local.get $end)) (then (return (i32.const -1))))
          (global.set $free (local.get $end))))))
      (local.set $at (call $value (local.get $item) (i32.add (local.get $depth) (i32.const 1))))
      (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
      (if (i32.eqz (local.get $end)) (then
        (if (i32.ne (global.get $from) (local.get $item)) (then
          (local.set $first (global.get $free))
          (local.set $end (call $begin (local.get $start) (local.get $item)))
          (if (i32.eqz (local.get $end)) (then (return (i32.const -1))))))))
      (if (local.get $end) (then
        (local.set $length (i32.sub (global.get $to) (global.get $from)))
        (if (i32.gt_u (i32.add (local.get $end) (local.get $length)) (i32.const 12845056))
          (then (return (i32.const -1))))
        (call $copy (local.get $end) (global.get $from) (local.get $length))
        (local.set $end (i32.add (local.get $end) (local.get $length)))))
      (local.set $item (local.get $at))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.le_u (local.get $byte) (i32.const 0x20)) (then
        (local.set $at (call $space (local.get $at)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.eqz (local.get $end)) (then
          (local.set $first (global.get $free))
          (local.set $end (call $begin (local.get $start) (local.get $item)))
          (if (i32.eqz (local.get $end)) (then (return (i32.const -1))))))))
      (if (local.get $end) (then
        (i32.store8 (local.get $end) (local.get $byte))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (global.set $free (local.get $end))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $more (i32.eq (local.get $byte) (i32.const 0x2c))))
    (if (i32.ne (local.get $byte) (i32.const 0x5d)) (then (return (i32.const -1))))
    (global.set $from (select (local.get $first) (local.get $start) (local.get $end)))
    (global.set $to (select (local.get $end) (local.get $at) (local.get $end)))
    (local.get $at))

  ;; Written when all its members are known, unless it stands in the source as it should. The outermost is always
  ;; written, to its place.
  (func $object (param $at i32) (param $depth i32) (result i32)
    (local $byte i32) (local $start i32) (local $first i32) (local $member i32) (local $from i32)
    (local $changed i32) (local $unsorted i32) (local $length i32) (local $key i64) (local $rest i64)
    (if (i32.gt_u (local.get $depth) (i32.const 100)) (then (return (i32.const -1))))
    (local.set $start (i32.sub (local.get $at) (i32.const 1)))
    (local.set $first (global.get $open))
    ;; The braces; each member counts itself and what follows it.
    (local.set $length (i32.const 1))
    (local.set $at (call $space (local.get $at)))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7d))
      (then
        (local.set $length (i32.const 2))
        (local.set $at (i32.add (local.get $at) (i32.const 1))))
      (else
        (loop $more
          (local.set $member (global.get $open))
          (global.set $open (i32.add (local.get $member) (i32.const 32)))
          (if (i32.gt_u (global.get $open) (i32.const 65504)) (then (return (i32.const -1))))
          (local.set $byte (i32.load8_u (local.get $at)))
          (if (i32.le_u (local.get $byte) (i32.const 0x20)) (then
            (local.set $at (call $space (local.get $at)))
            (local.set $byte (i32.load8_u (local.get $at)))))
          (if (i32.ne (local.get $byte) (i32.const 0x22)) (then (return (i32.const -1))))
          (i32.store (local.get $member) (local.get $at))
          (local.set $length (i32.sub (local.get $length) (local.get $at)))
          (local.set $key (i64x2.extract_lane 0 (i8x16.swizzle
            (v128.load offset=1 align=1 (local.get $at))
            (v128.const i8x16 7 6 5 4 3 2 1 0 7 6 5 4 3 2 1 0))))
          (local.set $from (i32.add (local.get $at) (i32.const 10)))
          (local.set $at (call $string (i32.add (local.get $at) (i32.const 1))))
          (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
          (i32.store offset=4 (local.get $member) (local.get $at))
          (local.set $length (i32.add (local.get $length) (local.get $at)))
          ;; What of the eight lies behind the key, its closing quote included, does not count.
          (local.set $from (i32.sub (local.get $from) (local.get $at)))
          (if (i32.gt_s (local.get $from) (i32.const 0)) (then
            (local.set $rest (i64.extend_i32_u (i32.shl (local.get $from) (i32.const 3))))
            (local.set $key (if (result i64) (i32.gt_s (local.get $from) (i32.const 7))
              (then (i64.const 0))
              (else (i64.shl (i64.shr_u (local.get $key) (local.get $rest)) (local.get $rest)))))))
          (i64.store offset=16 (local.get $member) (local.get $key))
          (local.set $byte (i32.load8_u (local.get $at)))
          (if (i32.le_u (local.get $byte) (i32.const 0x20)) (then
            (local.set $at (call $space (local.get $at)))
            (local.set $byte (i32.load8_u (local.get $at)))))
          (if (i32.ne (local.get $byte) (i32.const 0x3a)) (then (return (i32.const -1))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20)) (then
            (local.set $at (call $space (local.get $at)))))
          (local.set $from (local.get $at))
          (local.set $at (call $value (local.get $at) (i32.add (local.get $depth) (i32.const 1))))
          (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
          (local.set $changed (i32.or (local.get $changed) (i32.ne (global.get $from) (local.get $from))))
          (i32.store offset=8 (local.get $member) (global.get $from))
          (i32.store offset=12 (local.get $member) (global.get $to))
          (local.set $length (i32.add (local.get $length)
            (i32.add (i32.const 2) (i32.sub (global.get $to) (global.get $from)))))
          (if (i32.eqz (local.get $unsorted)) (then
            (if (i32.ne (local.get $member) (local.get $first)) (then
              (local.set $unsorted (call $after (i32.sub (local.get $member) (i32.const 32)) (local.get $member)))))))
          (local.set $byte (i32.load8_u (local.get $at)))
          (if (i32.le_u (local.get $byte) (i32.const 0x20)) (then
            (local.set $at (call $space (local.get $at)))
            (local.set $byte (i32.load8_u (local.get $at)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $more (i32.eq (local.get $byte) (i32.const 0x2c))))
        (if (i32.ne (local.get $byte) (i32.const 0x7d)) (then (return (i32.const -1))))
        (if (local.get $unsorted) (then
          ;; Many members are put in order faster by canonical.ts.
          (if (i32.gt_u (i32.sub (global.get $open) (local.get $first)) (i32.const 2048))
            (then (return (i32.const -1))))
          (call $sort (local.get $first))
          (local.set $changed (i32.const 1))))))
    ;; White space is what else makes it differ from its source: its form is shorter then.
    (local.set $changed (i32.or (local.get $changed)
      (i32.ne (local.get $length) (i32.sub (local.get $at) (local.get $start)))))
    (global.set $from (local.get $start))
    (global.set $to (local.get $at))
    (if (local.get $depth)
      (then (if (local.get $changed) (then
        (if (i32.gt_u (i32.add (global.get $free) (local.get $length)) (i32.const 12845056))
          (then (return (i32.const -1))))
        (call $write (global.get $free) (local.get $first))
        (global.set $free (global.get $to)))))
      (else (if (local.get $changed)
        (then (call $write (global.get $place) (local.get $first)))
        (else
          (call $copy (global.get $place) (local.get $start) (local.get $length))
          (global.set $to (i32.add (global.get $place) (local.get $length)))))))
    (global.set $open (local.get $first))
    (local.get $at))

  ;; Whether the key of the first comes after that of the second. Nearly all are told apart by their first eight bytes.
  (func $after (param $a i32) (param $b i32) (result i32)
    (local $aKey i64) (local $bKey i64)
    (local.set $aKey (i64.load offset=16 (local.get $a)))
    (local.set $bKey (i64.load offset=16 (local.get $b)))
    (if (i64.ne (local.get $aKey) (local.get $bKey)) (then
      (return (i64.gt_u (local.get $aKey) (local.get $bKey)))))
    (call $afterAll (local.get $a) (local.get $b)))

  ;; The closing quote is left out, so that a key comes before those that it begins.
  (func $afterAll (param $a i32) (param $b i32) (result i32)
    (local $aEnd i32) (local $bEnd i32) (local $difference i32)
    (local.set $aEnd (i32.sub (i32.load offset=4 (local.get $a)) (i32.const 1)))
    (local.set $bEnd (i32.sub (i32.load offset=4 (local.get $b)) (i32.const 1)))
    (local.set $a (i32.add (i32.load (local.get $a)) (i32.const 1)))
    (local.set $b (i32.add (i32.load (local.get $b)) (i32.const 1)))
    (loop $more
      (if (i32.ge_u (local.get $b) (local.get $bEnd)) (then
        (return (i32.lt_u (local.get $a) (local.get $aEnd)))))
      (if (i32.ge_u (local.get $a) (local.get $aEnd)) (then (return (i32.const 0))))
      (local.set $difference
        (i32.sub (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
      (local.set $a (i32.add (local.get $a) (i32.const 1)))
      (local.set $b (i32.add (local.get $b) (i32.const 1)))
      (br_if $more (i32.eqz (local.get $difference))))
    (i32.gt_s (local.get $difference) (i32.const 0)))

  ;; Puts the members from $first on in the order of their keys; keys that are equal keep theirs.
  (func $sort (param $first i32)
    (local $member i32) (local $at i32) (local $before i32) (local $held v128) (local $key i64) (local $key2 i64)
    (local.set $member (i32.add (local.get $first) (i32.const 32)))
    (loop $next
      ;; The one that is put in its place is held behind the last, where the next would be.
      (local.set $held (v128.load (local.get $member)))
      (local.set $key (i64.load offset=16 (local.get $member)))
      (v128.store (global.get $open) (local.get $held))
      (local.set $at (local.get $member))
      (block $found (loop $down
        (br_if $found (i32.eq (local.get $at) (local.get $first)))
        (local.set $before (i32.sub (local.get $at) (i32.const 32)))
        (local.set $key2 (i64.load offset=16 (local.get $before)))
        (br_if $found (i64.lt_u (local.get $key2) (local.get $key)))
        (if (i64.eq (local.get $key2) (local.get $key)) (then
          (br_if $found (i32.eqz (call $afterAll (local.get $before) (global.get $open))))))
        (v128.store (local.get $at) (v128.load (local.get $before)))
        (i64.store offset=16 (local.get $at) (local.get $key2))
        (local.set $at (local.get $before))
        (br $down)))
      (v128.store (local.get $at) (local.get $held))
      (i64.store offset=16 (local.get $at) (local.get $key))
      (local.set $member (i32.add (local.get $member) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $member) (global.get $open)))))

  ;; Writes the object of the members from $first on; sets $from and $to.
  (func $write (param $end i32) (param $first i32)
    (local $member i32) (local $key i32) (local $from i32) (local $length i32)
    (global.set $from (local.get $end))
    (i32.store8 (local.get $end) (i32.const 0x7b))
    (local.set $end (i32.add (local.get $end) (i32.const 1)))
    (local.set $member (local.get $first))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $member) (global.get $open)))
      (if (i32.ne (local.get $member) (local.get $first)) (then
        (i32.store8 (local.get $end) (i32.const 0x2c))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))))
      (local.set $key (i32.load (local.get $member)))
      (local.set $from (i32.load offset=8 (local.get $member)))
      ;; A value right behind its key and a colon is copied with both.
      (if (i32.eq (local.get $from) (i32.add (i32.load offset=4 (local.get $member)) (i32.const 1)))
        (then (local.set $from (local.get $key)))
        (else
          (local.set $length (i32.sub (i32.load offset=4 (local.get $member)) (local.get $key)))
          (call $copy (local.get $end) (local.get $key) (local.get $length))
          (local.set $end (i32.add (local.get $end) (local.get $length)))
          (i32.store8 (local.get $end) (i32.const 0x3a))
          (local.set $end (i32.add (local.get $end) (i32.const 1)))))
      (local.set $length (i32.sub (i32.load offset=12 (local.get $member)) (local.get $from)))
      (call $copy (local.get $end) (local.get $from) (local.get $length))
      (local.set $end (i32.add (local.get $end) (local.get $length)))
      (local.set $member (i32.add (local.get $member) (i32.const 32)))
      (br $next)))
    (i32.store8 (local.get $end) (i32.const 0x7d))
    (global.set $to (i32.add (local.get $end) (i32.const 1))))

  (func (export "write") (param $at i32) (param $place i32) (result i32)
    (global.set $place (local.get $place))
    (global.set $open (i32.const 64))
    (global.set $free (i32.const 8650752))
    (local.set $at (call $space (local.get $at)))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b)) (then (return (i32.const -1))))
    (local.set $at (call $object (i32.add (local.get $at) (i32.const 1)) (i32.const 0)))
    (i32.store (i32.const 0) (global.get $to))
    (local.get $at)))
