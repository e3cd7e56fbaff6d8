;; A CosmWasm contract that answers what it is told: the message is the result, whether {"ok": {…}} or {"error": "…"}.
;; Strings are passed as regions, three u32: offset, capacity, length (cosmwasm-vm, docs of `Region`). Nothing is freed:
;; an instance lives for one call.
(module
  (memory (export "memory") 16)
  (global $free (mut i32) (i32.const 1024))
  (func (export "interface_version_8"))
  (func (export "allocate") (param $size i32) (result i32)
    (local $region i32)
    (local.set $region (global.get $free))
    (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 12)))
    (i32.store offset=4 (local.get $region) (local.get $size))
    (i32.store offset=8 (local.get $region) (i32.const 0))
    (global.set $free (i32.add (i32.add (local.get $region) (local.get $size)) (i32.const 12)))
    (local.get $region))
  (func (export "deallocate") (param i32))
  ;; (env, info, message)
  (func (export "instantiate") (param i32 i32 i32) (result i32) (local.get 2))
  (func (export "execute") (param i32 i32 i32) (result i32) (local.get 2)))
