;; Places where one of two pairs of bytes stands: a first byte, and another $distance bytes behind it. 32 places at once
;; (SIMD, https://github.com/WebAssembly/simd). pairs.ts holds what this text assembles to; a test compares them.
(module
  (import "pairs" "memory" (memory 1))
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
    (local.get $found)))
