/**
 * Traffic as a chain has it: transfers and claims, pools, pots, vaults, escrow; several messages in a transaction,
 * failures, deposits without coins, bursts and silence. A function of seed, height and the chain's state: the same seed
 * gives the same chain, and a restarted one goes on as if it had not stopped.
 */
import type { Application, Call, Genesis } from '../app/types.ts'
import { type Random, randomFrom } from '../random.ts'
import { ACTIONS } from './actions.ts'
import { deployment, usersOf } from './genesis.ts'
import { type Step, Turn } from './turn.ts'

export interface TrafficOptions {
  /** Of all chance. */
  seed: number
  /** Contract events in a block, on average; below 1: one in so many blocks. 0: no traffic but the deployment. */
  eventsPerBlock: number
}

/** One block in this many is a burst, of so many times the average or so many events more; the others make up for it. */
const BURST = { every: 25, times: 6, more: 1_000 }
/** Transactions with more than one message, and how many they have at most. */
const JOINED = { share: 0.12, most: 5 }
/** Of Sei's transactions, those that come through the EVM. */
const THROUGH_EVM = 0.06

/** Makes the transactions of each block; the first one deploys the contracts. */
export function createTraffic({ seed, eventsPerBlock }: TrafficOptions, genesis: Genesis) {
  const users = usersOf(genesis)
  return (height: number, app: Application): Uint8Array[] => {
    if (app.contracts().length === 0) return deployment(genesis).map((call) => app.encode(call))
    const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(height, 0x85ebca6b))
    const turn = new Turn(app, users, random)
    const txs: Uint8Array[] = []
    for (let left = budget(eventsPerBlock, random); left > 0; ) {
      const call = nextCall(turn, genesis.dialect === 'base64', left)
      left -= call.messages.length
      txs.push(app.encode(call))
    }
    return txs
  }
}

/** Events of this block: a whole number whose mean is `average`. */
function budget(average: number, random: Random): number {
  const burst = Math.min(BURST.times, 1 + BURST.more / average)
  const quiet = (BURST.every - burst) / (BURST.every - 1)
  const events = average * (random() < 1 / BURST.every ? burst : quiet) * (0.5 + random())
  return Math.floor(events + random())
}

function nextCall(turn: Turn, evm: boolean, left: number): Call {
  const first = nextStep(turn)
  const more = left > 1 && turn.chance(JOINED.share) ? 1 + turn.below(Math.min(JOINED.most, left) - 1) : 0
  const others = Array.from({ length: more }, () => nextStep(turn))
  const messages = [first, ...others.filter(({ sender }) => sender === first.sender)].map(({ message }) => message)
  const memo = turn.chance(0.05) ? { memo: 'sent by the devnet' } : {}
  return {
    sender: first.sender,
    messages,
    ...memo,
    ...(evm && messages.length === 1 && turn.chance(THROUGH_EVM) ? { evm: true } : {}),
  }
}

/** Each action as often as it weighs. */
const LOTS = ACTIONS.flatMap(([weight, action]) => Array.from({ length: weight }, () => action))

/** The first action drawn that finds something to do. */
function nextStep(turn: Turn): Step {
  for (;;) {
    const step = turn.pick(LOTS)(turn)
    if (step) return step
  }
}
