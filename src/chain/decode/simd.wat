;; What is done with each byte of an answer, or of a transaction cut out of it: many at once (SIMD,
;; https://github.com/WebAssembly/simd). simd.ts holds what this text assembles to; a test compares them.
(module
  (import "seiche" "memory" (memory 1))

  ;; Places where one of two pairs of bytes stands: a first byte, and another $distance bytes behind it.
  ;; Looks at [$at, $end), writes the places it finds as u32 from $out on, at most $most; answers how many.
  ;; May read 32 bytes and $distance behind $end.
  (func (export "find")
    (param $at i32) (param $end i32) (param $out i32) (param $most i32)
    (param $a i32) (param $a2 i32) (param $b i32) (param $b2 i32) (param $distance i32)
    (result i32)
    (local $isA v128) (local $isA2 v128) (local $isB v128) (local $isB2 v128)
    (local $bytes v128) (local $behind v128) (local $low v128) (local $high v128)
    (local $bits i32) (local $found i32)
    (local.set $isA (i8x16.splat (local.get $a)))
    (local.set $isA2 (i8x16.splat (local.get $a2)))
    (local.set $isB (i8x16.splat (local.get $b)))
    (local.set $isB2 (i8x16.splat (local.get $b2)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bytes (v128.load (local.get $at)))
        (local.set $behind (v128.load (i32.add (local.get $at) (local.get $distance))))
        (local.set $low
          (v128.or
            (v128.and (i8x16.eq (local.get $bytes) (local.get $isA)) (i8x16.eq (local.get $behind) (local.get $isA2)))
            (v128.and (i8x16.eq (local.get $bytes) (local.get $isB)) (i8x16.eq (local.get $behind) (local.get $isB2)))))
        (local.set $bytes (v128.load offset=16 (local.get $at)))
        (local.set $behind (v128.load offset=16 (i32.add (local.get $at) (local.get $distance))))
        (local.set $high
          (v128.or
            (v128.and (i8x16.eq (local.get $bytes) (local.get $isA)) (i8x16.eq (local.get $behind) (local.get $isA2)))
            (v128.and (i8x16.eq (local.get $bytes) (local.get $isB)) (i8x16.eq (local.get $behind) (local.get $isB2)))))
        (if (v128.any_true (v128.or (local.get $low) (local.get $high)))
          (then
            (local.set $bits
              (i32.or (i8x16.bitmask (local.get $low)) (i32.shl (i8x16.bitmask (local.get $high)) (i32.const 16))))
            (loop $each
              (br_if $done (i32.ge_u (local.get $found) (local.get $most)))
              (i32.store
                (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 2)))
                (i32.add (local.get $at) (i32.ctz (local.get $bits))))
              (local.set $found (i32.add (local.get $found) (i32.const 1)))
              (local.set $bits (i32.and (local.get $bits) (i32.sub (local.get $bits) (i32.const 1))))
              (br_if $each (local.get $bits)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br $next)))
    (local.get $found))

  ;; Whether [$at, $end) is JSON (RFC 8259): 1 or 0; 2 where it is nested deeper than $deepest levels. Writes one byte a
  ;; level from $levels on: whether it is an object. May read 16 bytes behind $end.
  (func (export "json")
    (param $at i32) (param $end i32) (param $levels i32) (param $deepest i32)
    (result i32)
    (local $byte i32) (local $depth i32) (local $inObject i32)
    (local.set $at (call $spaces (local.get $at) (local.get $end)))
    (loop $value
      (local.set $byte (call $byte (local.get $at) (local.get $end)))
      (block $ended
        (if (i32.eq (local.get $byte) (i32.const 0x22)) ;; "
          (then
            (local.set $at (call $string (local.get $at) (local.get $end)))
            (br $ended)))
        (if (i32.eq (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x7b)) ;; { or [
          (then
            (local.set $at (call $spaces (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
            (if (i32.eq (call $byte (local.get $at) (local.get $end)) (i32.add (local.get $byte) (i32.const 2)))
              (then
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br $ended)))
            (if (i32.ge_u (local.get $depth) (local.get $deepest)) (then (return (i32.const 2))))
            (i32.store8 (i32.add (local.get $levels) (local.get $depth)) (local.get $inObject))
            (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
            (local.set $inObject (i32.eq (local.get $byte) (i32.const 0x7b)))
            (if (local.get $inObject)
              (then
                (local.set $at (call $name (local.get $at) (local.get $end)))
                (br_if $value (local.get $at))
                (return (i32.const 0))))
            (br $value)))
        (local.set $at (call $scalar (local.get $at) (local.get $end))))
      (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
      (local.set $at (call $spaces (local.get $at) (local.get $end)))
      (block $open
        (loop $close
          (br_if $open (i32.eqz (local.get $depth)))
          (local.set $byte (call $byte (local.get $at) (local.get $end)))
          (br_if $open
            (i32.ne
              (local.get $byte)
              (select (i32.const 0x7d) (i32.const 0x5d) (local.get $inObject)))) ;; } or ]
          (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
          (local.set $inObject (i32.load8_u (i32.add (local.get $levels) (local.get $depth))))
          (local.set $at (call $spaces (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
          (br $close)))
      (if (i32.eqz (local.get $depth)) (then (return (i32.eq (local.get $at) (local.get $end)))))
      (if (i32.ne (local.get $byte) (i32.const 0x2c)) (then (return (i32.const 0)))) ;; ,
      (local.set $at (call $spaces (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
      (br_if $value (i32.eqz (local.get $inObject)))
      (local.set $at (call $name (local.get $at) (local.get $end)))
      (br_if $value (local.get $at)))
    (i32.const 0))

  ;; The byte at $at; 0, which is nowhere in JSON, from $end on.
  (func $byte (param $at i32) (param $end i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $at) (local.get $end))
      (then (i32.load8_u (local.get $at)))
      (else (i32.const 0))))

  ;; All below answer the place behind what they read; 0 when that is not there.

  ;; Space, tab, line feed, carriage return: as many as there are.
  (func $spaces (param $at i32) (param $end i32) (result i32)
    (local $byte i32)
    (loop $next
      (local.set $byte (call $byte (local.get $at) (local.get $end)))
      (if (i32.le_u (local.get $byte) (i32.const 0x20))
        (then
          (if (i64.ne
                (i64.and
                  (i64.shr_u (i64.const 0x100002600) (i64.extend_i32_u (local.get $byte)))
                  (i64.const 1))
                (i64.const 0))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $next))))))
    (local.get $at))

  ;; A name, its colon, and the spaces before the value.
  (func $name (param $at i32) (param $end i32) (result i32)
    (if (i32.ne (call $byte (local.get $at) (local.get $end)) (i32.const 0x22)) (then (return (i32.const 0))))
    (local.set $at (call $string (local.get $at) (local.get $end)))
    (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
    (local.set $at (call $spaces (local.get $at) (local.get $end)))
    (if (i32.ne (call $byte (local.get $at) (local.get $end)) (i32.const 0x3a)) (then (return (i32.const 0)))) ;; :
    (call $spaces (i32.add (local.get $at) (i32.const 1)) (local.get $end)))

  ;; A string; its quote stands at $at. Text that is no UTF-8 is good enough: it becomes U+FFFD when it is decoded.
  (func $string (param $at i32) (param $end i32) (result i32)
    (local $bytes v128) (local $bits i32) (local $byte i32)
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $bits
        (i8x16.bitmask
          (v128.or
            (v128.or
              (i8x16.eq (local.get $bytes) (v128.const i8x16 34 34 34 34 34 34 34 34 34 34 34 34 34 34 34 34))
              (i8x16.eq (local.get $bytes) (v128.const i8x16 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92)))
            (i8x16.lt_u (local.get $bytes) (v128.const i8x16 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32)))))
      (if (i32.eqz (local.get $bits))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $bits))))
      (local.set $byte (call $byte (local.get $at) (local.get $end)))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.ne (local.get $byte) (i32.const 0x5c)) (then (return (i32.const 0)))) ;; backslash
      (local.set $at (call $escaped (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
      (br_if $next (local.get $at)))
    (i32.const 0))

  ;; What follows a backslash.
  (func $escaped (param $at i32) (param $end i32) (result i32)
    (local $byte i32) (local $stop i32)
    (local.set $byte (call $byte (local.get $at) (local.get $end)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.or
          (i32.eq (local.get $byte) (i32.const 0x22))
          (i32.or (i32.eq (local.get $byte) (i32.const 0x5c)) (i32.eq (local.get $byte) (i32.const 0x2f)))) ;; \ /
      (then (return (local.get $at))))
    (local.set $byte (i32.sub (local.get $byte) (i32.const 0x62))) ;; b f n r t u
    (if (i32.gt_u (local.get $byte) (i32.const 19)) (then (return (i32.const 0))))
    (if (i32.eqz (i32.and (i32.shr_u (i32.const 0xd1011) (local.get $byte)) (i32.const 1)))
      (then (return (i32.const 0))))
    (if (i32.ne (local.get $byte) (i32.const 19)) (then (return (local.get $at))))
    (local.set $stop (i32.add (local.get $at) (i32.const 4)))
    (loop $hex
      (local.set $byte (call $byte (local.get $at) (local.get $end)))
      (if (i32.and
            (i32.gt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 9))
            (i32.gt_u (i32.sub (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x61)) (i32.const 5)))
        (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $hex (i32.lt_u (local.get $at) (local.get $stop))))
    (local.get $at))

  ;; true, false, null, or a number.
  (func $scalar (param $at i32) (param $end i32) (result i32)
    (local $byte i32)
    (local.set $byte (call $byte (local.get $at) (local.get $end)))
    (if (i32.eq (local.get $byte) (i32.const 0x74)) ;; t
      (then (return (call $literal (local.get $at) (local.get $end) (i32.const 0x65757274))))) ;; true
    (if (i32.eq (local.get $byte) (i32.const 0x66)) ;; f
      (then
        (return
          (call $literal (i32.add (local.get $at) (i32.const 1)) (local.get $end) (i32.const 0x65736c61))))) ;; alse
    (if (i32.eq (local.get $byte) (i32.const 0x6e)) ;; n
      (then (return (call $literal (local.get $at) (local.get $end) (i32.const 0x6c6c756e))))) ;; null
    (if (i32.eq (local.get $byte) (i32.const 0x2d)) ;; -
      (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.eq (call $byte (local.get $at) (local.get $end)) (i32.const 0x30))
      (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
      (else (local.set $at (call $digits (local.get $at) (local.get $end)))))
    (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
    (if (i32.eq (call $byte (local.get $at) (local.get $end)) (i32.const 0x2e)) ;; .
      (then
        (local.set $at (call $digits (i32.add (local.get $at) (i32.const 1)) (local.get $end)))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))))
    (if (i32.ne (i32.or (call $byte (local.get $at) (local.get $end)) (i32.const 0x20)) (i32.const 0x65)) ;; e E
      (then (return (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $byte (call $byte (local.get $at) (local.get $end)))
    (if (i32.or (i32.eq (local.get $byte) (i32.const 0x2b)) (i32.eq (local.get $byte) (i32.const 0x2d))) ;; + -
      (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (call $digits (local.get $at) (local.get $end)))

  ;; Four bytes, as a number in little endian.
  (func $literal (param $at i32) (param $end i32) (param $bytes i32) (result i32)
    (local $behind i32)
    (local.set $behind (i32.add (local.get $at) (i32.const 4)))
    (if (i32.gt_u (local.get $behind) (local.get $end)) (then (return (i32.const 0))))
    (select
      (local.get $behind)
      (i32.const 0)
      (i32.eq (i32.load (local.get $at)) (local.get $bytes))))

  ;; At least one.
  (func $digits (param $at i32) (param $end i32) (result i32)
    (local $first i32)
    (local.set $first (local.get $at))
    (block $done
      (loop $next
        (br_if $done
          (i32.gt_u
            (i32.sub (call $byte (local.get $at) (local.get $end)) (i32.const 0x30))
            (i32.const 9)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (select (local.get $at) (i32.const 0) (i32.gt_u (local.get $at) (local.get $first)))))
