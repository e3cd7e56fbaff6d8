/** Risk escrow: a sum between parties, approved or disputed, resolved and then paid by the admin, as often as they like. */
import type { Coin } from '../coins.ts'
import {
  type Contract,
  ensure,
  entities,
  type Invocation,
  item,
  map,
  type Response,
  stamp,
  validAddress,
} from './contract.ts'
import { boolean, coin, list, optional, pair, type Read, string, struct, u16, u32, u64, variants } from './serde.ts'

const EscrowModel = variants({
  multi_sig: struct({ threshold: u32 }),
  time_tiered: struct({ stages: list(struct({ duration: u64, required_approvals: u32 })) }),
  milestones: struct({ steps: list(struct({ description: string, required_approvals: u32, completed: boolean })) }),
})
const Resolution = variants({
  release: struct({ to: string, share_bps: u16 }),
  refund: null,
  split: struct({ shares: list(pair(string, u16)) }),
})
const InstantiateMsg = struct({
  admin: optional(string),
  default_denom: string,
  min_approval_threshold: optional(u32),
})
const OpenCase = struct({
  parties: list(string),
  amount: coin,
  model: EscrowModel,
  expiry_ts: optional(u64),
  remark: optional(string),
})
const OfCase = struct({ case_id: u64 })
const Dispute = struct({ case_id: u64, reason: optional(string) })
const Resolve = struct({ case_id: u64, decision: Resolution })
const Release = struct({ case_id: u64, to: string, share_bps: optional(u16) })
const ExecuteMsg = variants({
  open_case: OpenCase,
  approve: OfCase,
  dispute: Dispute,
  resolve: Resolve,
  release: Release,
  refund: OfCase,
})
const QueryMsg = variants({
  config: struct({}),
  get_case: struct({ id: u64 }),
  list_cases: struct({ start_after: optional(u64), limit: optional(u32) }),
  get_reputation: struct({ address: string }),
})

interface Case {
  id: number
  parties: string[]
  amount: Coin
  model: Read<typeof EscrowModel>
  expiry_ts: number | null
  remark: string | null
  created_at: number
  status: 'open' | 'approved' | 'disputed' | 'resolved'
  approvals: string[]
  dispute_reason: string | null
  resolution: Read<typeof Resolution> | null
}

const CONFIG = item<{ admin: string; default_denom: string; min_approval_threshold: number }>('config')
const CASES = entities<Case>('cases', 'next_case_id', 'seimoney_risk_escrow::state::Case')
/** Read by a query, never written by the contract. */
const REPUTATION = map<number>('reputation')

/** seimoney-risk-escrow. */
export const riskEscrow: Contract = {
  instantiate({ store, sender, prefix }, message) {
    const order = InstantiateMsg(message, 'seimoney_risk_escrow::msg::InstantiateMsg')
    CONFIG.save(store, {
      admin: order.admin === null ? sender : validAddress(order.admin, prefix),
      default_denom: order.default_denom,
      min_approval_threshold: order.min_approval_threshold ?? 2,
    })
    CASES.begin(store)
    stamp(store, 'seimoney-risk-escrow')
  },

  execute(call, message) {
    const order = ExecuteMsg(message, 'seimoney_risk_escrow::msg::ExecuteMsg')
    if ('open_case' in order) return open(call, order.open_case)
    if ('approve' in order) return approve(call, order.approve.case_id)
    if ('dispute' in order) return dispute(call, order.dispute)
    if ('resolve' in order) return resolve(call, order.resolve)
    return 'release' in order ? release(call, order.release) : refund(call, order.refund.case_id)
  },

  query({ store, prefix }, message) {
    const question = QueryMsg(message, 'seimoney_risk_escrow::msg::QueryMsg')
    if ('config' in question) return CONFIG.load(store)
    if ('get_case' in question) return CASES.load(store, question.get_case.id)
    if ('get_reputation' in question) {
      return REPUTATION.load(store, validAddress(question.get_reputation.address, prefix)) ?? 0
    }
    const { start_after, limit } = question.list_cases
    return CASES.page(store, start_after, limit ?? 30)
  },

  lastId: CASES.lastId,
}

function open({ store, prefix, now }: Invocation, order: Read<typeof OpenCase>): Response {
  const { parties, amount, model, expiry_ts, remark } = order
  ensure(amount.denom === CONFIG.load(store).default_denom, 'Invalid denom')
  ensure(amount.amount !== '0', 'Invalid amount')
  ensure(parties.length >= 2, 'Invalid party')
  for (const party of parties) validAddress(party, prefix)
  ensure(expiry_ts === null || expiry_ts > now, 'Case expired')
  const { id } = CASES.add(store, (id) => ({
    id,
    parties,
    amount,
    model,
    expiry_ts,
    remark,
    created_at: now,
    status: 'open',
    approvals: [],
    dispute_reason: null,
    resolution: null,
  }))
  return {
    action: 'open_case',
    event: {
      name: 'open_case',
      attributes: [
        ['id', `${id}`],
        ['parties', parties.join(',')],
        ['amount', amount.amount],
        ['denom', amount.denom],
        ['model', nameOf(model)],
      ],
    },
  }
}

function approve({ store, sender }: Invocation, case_id: number): Response {
  const found = CASES.load(store, case_id, 'Case not found')
  ensure(found.status === 'open', 'Invalid escrow model')
  ensure(found.parties.includes(sender), 'Invalid party')
  if (found.approvals.includes(sender)) return { action: 'already_approved' }
  const approvals = [...found.approvals, sender]
  const status = approvals.length >= required(found.model) ? 'approved' : 'open'
  CASES.save(store, case_id, { ...found, approvals, status })
  return told('approve', case_id, ['approver', sender])
}

function dispute({ store, sender }: Invocation, { case_id, reason }: Read<typeof Dispute>): Response {
  const found = CASES.load(store, case_id, 'Case not found')
  ensure(found.parties.includes(sender), 'Invalid party')
  ensure(found.status === 'open' || found.status === 'approved', 'Invalid escrow model')
  CASES.save(store, case_id, { ...found, status: 'disputed', dispute_reason: reason })
  return reason === null
    ? told('dispute', case_id, ['disputer', sender])
    : told('dispute', case_id, ['disputer', sender], ['reason', reason])
}

function resolve({ store, sender }: Invocation, { case_id, decision }: Read<typeof Resolve>): Response {
  const found = CASES.load(store, case_id, 'Case not found')
  ensure(sender === CONFIG.load(store).admin || found.parties.includes(sender), 'Unauthorized')
  ensure(found.status === 'disputed', 'Case not in dispute')
  CASES.save(store, case_id, { ...found, status: 'resolved', resolution: decision })
  return told('resolve', case_id, ['resolver', sender], ['decision', worded(decision)])
}

function release({ store, sender, prefix }: Invocation, { case_id, to, share_bps }: Read<typeof Release>): Response {
  const { amount } = resolvedCase(store, case_id, sender)
  validAddress(to, prefix)
  const share = share_bps ?? 10_000
  ensure(share <= 10_000, 'Invalid amount')
  return pay('release', case_id, to, { ...amount, amount: `${(BigInt(amount.amount) * BigInt(share)) / 10_000n}` })
}

function refund({ store, sender }: Invocation, case_id: number): Response {
  const { parties, amount } = resolvedCase(store, case_id, sender)
  return pay('refund', case_id, parties[0]!, amount)
}

function resolvedCase(store: Invocation['store'], case_id: number, sender: string): Case {
  const found = CASES.load(store, case_id, 'Case not found')
  ensure(sender === CONFIG.load(store).admin, 'Unauthorized')
  ensure(found.status === 'resolved', 'Invalid escrow model')
  return found
}

/** Of stages and steps only the first counts; without any the contract's index panics. */
function required(model: Case['model']): number {
  if ('multi_sig' in model) return model.multi_sig.threshold
  const [first] = 'time_tiered' in model ? model.time_tiered.stages : model.milestones.steps
  ensure(
    first !== undefined,
    'Error calling the VM: Error executing Wasm: Wasmer runtime error: RuntimeError: Aborted: panicked: index out of bounds',
  )
  return first.required_approvals
}

function nameOf(model: Case['model']): string {
  if ('multi_sig' in model) return `MultiSig(${model.multi_sig.threshold})`
  if ('time_tiered' in model) return `TimeTiered(${model.time_tiered.stages.length})`
  return `Milestones(${model.milestones.steps.length})`
}

function worded(decision: Read<typeof Resolution>): string {
  if (typeof decision === 'string') return 'Refund'
  if ('release' in decision) return `Release(${decision.release.to}, ${decision.release.share_bps}%)`
  return `Split(${decision.split.shares.length} parts)`
}

function told(action: string, case_id: number, ...attributes: [string, string][]): Response {
  return { action, event: { name: action, attributes: [['case_id', `${case_id}`], ...attributes] } }
}

function pay(action: string, case_id: number, to: string, coin: Coin): Response {
  return { ...told(action, case_id, ['to', to], ['amount', coin.amount], ['denom', coin.denom]), pay: { to, coin } }
}
