// seiche replay examples/recordings/wasmd --config examples/own-contract/seiche.config.ts
import { defineConfig } from 'seiche'

export default defineConfig({
  // On a chain of your choice: its nodes in chain.endpoints, your contract's address here, and `seiche start`.
  contracts: { payments: 'wasm14hj2tavq8fpesdwxxcu44rty3hh90vhujrvcmstl4zr3txmfvw9s0phg4d' },
})
