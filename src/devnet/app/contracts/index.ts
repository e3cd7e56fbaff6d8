/** SeiMoney's contracts by kind. */
import type { ContractKind } from '../types.ts'
import { alias } from './alias.ts'
import type { Contract } from './contract.ts'
import { groups } from './groups.ts'
import { payments } from './payments.ts'
import { pots } from './pots.ts'
import { riskEscrow } from './risk-escrow.ts'
import { vaults } from './vaults.ts'

/** The code behind each kind. */
export const CONTRACTS: Readonly<Record<ContractKind, Contract>> = {
  payments,
  groups,
  pots,
  vaults,
  alias,
  risk_escrow: riskEscrow,
}
