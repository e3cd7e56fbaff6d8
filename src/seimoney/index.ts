/** SeiMoney for those who build on it: the app itself, the schemas of its views, and their types. */
export { default } from './app.ts'
export * from './schemas.ts'
export type { ContractBalance } from './tasks.ts'
