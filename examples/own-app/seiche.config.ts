// seiche dev --config examples/own-app/seiche.config.ts
import { defineConfig } from 'seiche'

export default defineConfig({
  // On the devnet; on a chain of your choice it is your contract's address, and `chain.endpoints` are its nodes.
  contracts: { pots: 'sei16jzpxp0e8550c9aht6q9svcux30vtyyyyxv5w2l2djjra46580wsfyte3w' },
  app: new URL('./app.ts', import.meta.url),
})
