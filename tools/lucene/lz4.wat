;; Decodes one raw LZ4 block, see lz4.ts for what it takes. `npm run generate` makes lz4-wasm.gen.ts of it.
;; Whoever calls keeps 64 bytes free behind input and output, so that copies may go in words past their own length.
(module
  (memory (export "memory") 1)

  ;; Copies a run of more than 16 bytes that begins nowhere within its own source. A short one goes in words of 16, the
  ;; first of which are there already: `memory.copy` is a call out of the module, which costs more than it saves.
  (func $words (param $to i32) (param $from i32) (param $count i32)
    (local $end i32)
    (if (i32.gt_u (local.get $count) (i32.const 512)) (then
      (memory.copy (local.get $to) (local.get $from) (local.get $count))
      (return)))
    (local.set $end (i32.add (local.get $to) (local.get $count)))
    (loop $more
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (br_if $more (i32.lt_u (i32.add (local.get $to) (i32.const 16)) (local.get $end)))))

  ;; Gives the position after the block, or a number below 0 where the bytes are no such block (see lz4-arena.ts).
  (func (export "decode")
    (param $from i32) (param $sourceEnd i32) (param $to i32) (param $outEnd i32) (param $dictStart i32) (param $dictEnd i32)
    (result i32)
    (local $outStart i32) (local $token i32) (local $count i32) (local $byte i32) (local $end i32)
    (local $match i32) (local $offset i32) (local $dict i32) (local $part i32)
    (local.set $outStart (local.get $to))
    (loop $sequence
      (if (i32.ge_u (local.get $from) (local.get $sourceEnd)) (then (return (i32.const -1))))
      (local.set $token (i32.load8_u (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))

      ;; literals
      (local.set $count (i32.shr_u (local.get $token) (i32.const 4)))
      (if (i32.eq (local.get $count) (i32.const 15)) (then
        (loop $more
          (if (i32.ge_u (local.get $from) (local.get $sourceEnd)) (then (return (i32.const -2))))
          (local.set $byte (i32.load8_u (local.get $from)))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (local.set $count (i32.add (local.get $count) (local.get $byte)))
          (br_if $more (i32.eq (local.get $byte) (i32.const 255))))))
      (if (i32.or
            (i32.gt_u (local.get $count) (i32.sub (local.get $outEnd) (local.get $to)))
            (i32.gt_u (local.get $count) (i32.sub (local.get $sourceEnd) (local.get $from))))
        (then (return (i32.const -3))))
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (if (i32.gt_u (local.get $count) (i32.const 16)) (then
        (call $words (local.get $to) (local.get $from) (local.get $count))))
      (local.set $to (i32.add (local.get $to) (local.get $count)))
      (local.set $from (i32.add (local.get $from) (local.get $count)))
      (if (i32.eq (local.get $to) (local.get $outEnd)) (then (return (local.get $from))))

      ;; match
      (if (i32.gt_u (i32.add (local.get $from) (i32.const 2)) (local.get $sourceEnd)) (then (return (i32.const -4))))
      (local.set $offset (i32.load16_u align=1 (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 2)))
      (local.set $count (i32.add (i32.and (local.get $token) (i32.const 15)) (i32.const 4)))
      (if (i32.eq (local.get $count) (i32.const 19)) (then
        (loop $more
          (if (i32.ge_u (local.get $from) (local.get $sourceEnd)) (then (return (i32.const -2))))
          (local.set $byte (i32.load8_u (local.get $from)))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (local.set $count (i32.add (local.get $count) (local.get $byte)))
          (br_if $more (i32.eq (local.get $byte) (i32.const 255))))))
      (if (i32.ge_u (local.get $count) (i32.sub (local.get $outEnd) (local.get $to))) (then (return (i32.const -5))))
      (local.set $end (i32.add (local.get $to) (local.get $count)))
      (local.set $match (i32.sub (local.get $to) (local.get $offset)))

      ;; the usual one: far enough back to be copied in words of 16 bytes
      (if (i32.and
            (i32.ge_u (local.get $offset) (i32.const 16))
            (i32.ge_s (local.get $match) (local.get $outStart)))
        (then
          (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $match)))
          (if (i32.gt_u (local.get $count) (i32.const 16)) (then
            (loop $words
              (local.set $to (i32.add (local.get $to) (i32.const 16)))
              (local.set $match (i32.add (local.get $match) (i32.const 16)))
              (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $match)))
              (br_if $words (i32.lt_u (i32.add (local.get $to) (i32.const 16)) (local.get $end))))))
          (local.set $to (local.get $end))
          (br $sequence)))

      (if (i32.eqz (local.get $offset)) (then (return (i32.const -6))))
      ;; begins in the dictionary
      (if (i32.lt_s (local.get $match) (local.get $outStart)) (then
        (local.set $part (i32.sub (local.get $outStart) (local.get $match)))
        (if (i32.gt_u (local.get $part) (i32.sub (local.get $dictEnd) (local.get $dictStart)))
          (then (return (i32.const -7))))
        (local.set $dict (i32.sub (local.get $dictEnd) (local.get $part)))
        (if (i32.ge_u (local.get $part) (local.get $count)) (then
          ;; and ends there
          (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $dict)))
          (if (i32.gt_u (local.get $count) (i32.const 16)) (then
            (call $words (local.get $to) (local.get $dict) (local.get $count))))
          (local.set $to (local.get $end))
          (br $sequence)))
        (memory.copy (local.get $to) (local.get $dict) (local.get $part))
        (local.set $to (i32.add (local.get $to) (local.get $part)))
        (local.set $match (local.get $outStart))))
      ;; overlaps itself closely
      (if (i32.ge_u (local.get $offset) (i32.const 8))
        (then
          (loop $words
            (i64.store align=1 (local.get $to) (i64.load align=1 (local.get $match)))
            (local.set $to (i32.add (local.get $to) (i32.const 8)))
            (local.set $match (i32.add (local.get $match) (i32.const 8)))
            (br_if $words (i32.lt_u (local.get $to) (local.get $end)))))
        (else
          (loop $bytes
            (i32.store8 (local.get $to) (i32.load8_u (local.get $match)))
            (local.set $to (i32.add (local.get $to) (i32.const 1)))
            (local.set $match (i32.add (local.get $match) (i32.const 1)))
            (br_if $bytes (i32.lt_u (local.get $to) (local.get $end))))))
      (local.set $to (local.get $end))
      (br $sequence))
    (unreachable)))
