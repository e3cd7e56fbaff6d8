/** Rules of the house, each broken by one change of the text, and the test that must notice. */

export interface Mutant {
  /** What is broken. */
  name: string
  file: string
  /** Exact text, once in the file. */
  from: string
  to: string
  test: string
  /** Only the tests with such a name (vitest's `-t`, a regular expression). Default: all of the file. */
  only?: string
}

const DECODE: readonly Mutant[] = [
  {
    name: 'every deposit is backed',
    file: 'src/chain/decode/backing.ts',
    from: 'if (at < 0) return false',
    to: 'if (at < 0) return true',
    test: 'test/decode/decode.test.ts',
    only: 'covers the amount',
  },
  {
    name: 'the catalogue does not ask whether a deposit is backed',
    file: 'src/seimoney/catalogue.ts',
    from: "backed: message.takeCover(event.contractAddress, amount ?? '', denom ?? '')",
    to: 'backed: true',
    test: 'test/seimoney/golden.test.ts',
    only: 'every golden line',
  },
  {
    name: 'a payment backs two deposits',
    file: 'src/chain/decode/backing.ts',
    from: 'this.#payments.splice(at, 1)',
    to: '',
    test: 'test/decode/decode.test.ts',
    only: 'taken whole and once',
  },
  {
    name: 'a failed transaction counts as one that went well',
    file: 'src/chain/decode/tx.ts',
    from: 'ok: result.code === undefined || result.code === 0,',
    to: 'ok: true,',
    test: 'test/decode/decode.test.ts',
    only: 'come of wasm events alone',
  },
  {
    name: 'attributes of two dialects are taken for one',
    file: 'src/chain/decode/decode.ts',
    from: 'if (dialect && pinned && dialect !== pinned)',
    to: 'if (dialect && !pinned && dialect === pinned)',
    test: 'test/decode/decode.test.ts',
    only: 'pins the dialect',
  },
  {
    name: 'a transaction is set aside at its first fault',
    file: 'src/chain/decode/decode.ts',
    from: 'if (!suspect) throw error',
    to: '',
    test: 'test/decode/decode.test.ts',
    only: 'lets an error of the catalogue through',
  },
]

const READ: readonly Mutant[] = [
  {
    name: 'the hash link between fetched blocks is not compared',
    file: 'src/chain/read/continuity.ts',
    from: 'if (end.hash && block.parentHash && block.parentHash !== end.hash)',
    to: 'if (!end)',
    test: 'test/read/continuity.test.ts',
  },
  {
    name: 'the number of transactions is not compared with that of results',
    file: 'src/chain/read/fetch-range.ts',
    from: 'if (txCount === resultCount) return',
    to: 'if (txCount >= 0) return',
    test: 'test/read/faults.test.ts',
    only: 'a node without results',
  },
  {
    name: 'positions are ordered as text',
    file: 'src/events/position.ts',
    from: 'return a.height - b.height ||',
    to: 'return String(a.height).localeCompare(String(b.height)) ||',
    test: 'test/events/position.test.ts',
  },
  {
    name: 'the checksum of an address is not computed',
    file: 'src/events/accounts.ts',
    from: 'return sum === 1',
    to: 'return sum !== 0',
    test: 'test/events/accounts.test.ts',
    only: 'one wrong character',
  },
]

const STORE: readonly Mutant[] = [
  {
    name: 'a writer that was replaced writes on',
    file: 'src/store/fence.ts',
    from: 'if (now.generation !== generation)',
    to: 'if (now.generation < generation)',
    test: 'test/store/writer.test.ts',
    only: 'zombie',
  },
  {
    name: 'what fails is committed as far as it got',
    file: 'src/store/fence.ts',
    from: 'if (database.isTransaction) rollback.run()',
    to: 'if (database.isTransaction) end.run()',
    test: 'test/store/writer.test.ts',
    only: 'a join that throws',
  },
  {
    name: 'the checkpoint is not compared',
    file: 'src/store/following.ts',
    from: 'if (height > 0 && block.height !== height + 1)',
    to: 'if (height < 0)',
    test: 'test/store/writer.test.ts',
    only: 'a gap, another predecessor',
  },
  {
    name: 'the hash link is not compared in the store',
    file: 'src/store/following.ts',
    from: 'requireHash(block.parentHash, hash, height)',
    to: '',
    test: 'test/store/writer.test.ts',
    only: 'a gap, another predecessor',
  },
  {
    name: 'a known block that comes again is not compared',
    file: 'src/store/following.ts',
    from: 'requireHash(block.hash, hash, height)',
    to: '',
    test: 'test/store/writer.test.ts',
    only: 'a chain that was reset',
  },
  {
    name: 'the chain is not compared',
    file: 'src/store/writer.ts',
    from: 'if (expected !== range.chainId)',
    to: "if (expected === '')",
    test: 'test/store/writer.test.ts',
    only: 'a gap, another predecessor',
  },
  {
    name: 'what cannot be decoded is not set aside',
    file: 'src/store/writer.ts',
    from: 'for (const block of blocks) quarantine.add(block)\n    const inserted',
    to: 'const inserted',
    test: 'test/store/requeue.test.ts',
  },
  {
    name: 'a gap is not recorded',
    file: 'src/store/writer.ts',
    from: 'if (gap) coverage.leaveOut({ ...gap, from: now.height > 0 ? now.height + 1 : gap.from })',
    to: '',
    test: 'test/store/writer.test.ts',
    only: 'what the source leaves out',
  },
  {
    name: 'a projection that fails stops the log',
    file: 'src/store/fold.ts',
    from: 'if (!(error instanceof FoldFailed)) throw error',
    to: 'throw error',
    test: 'test/store/projections.test.ts',
    only: 'stands still before that block',
  },
  {
    name: 'the accounts of an event are not among the tags of its commit',
    file: 'src/store/tags.ts',
    from: 'for (const account of audience) tags.add',
    to: 'for (const account of audience.slice(1)) tags.add',
    test: 'test/store/writer.test.ts',
    only: 'a commit names',
  },
  {
    name: 'since is inclusive in the log',
    file: 'src/store/query.ts',
    from: '(height, tx, n) > ',
    to: '(height, tx, n) >= ',
    test: 'test/store/reader.test.ts',
    only: 'paging through any filter',
  },
  {
    name: 'the account is ignored in a query',
    file: 'src/store/query.ts',
    from: "where.push('account = $account')",
    to: "where.push('(account = $account OR TRUE)')",
    test: 'test/store/reader.test.ts',
    only: 'paging through any filter',
  },
  {
    name: 'what is deleted leaves the digest',
    file: 'src/store/retention.ts',
    from: 'digest = chain(digest, rows)',
    to: 'digest = chain(digest, [])',
    test: 'test/store/retention.test.ts',
  },
  {
    name: 'the log is cut while a projection has to be built anew',
    file: 'src/store/writer.ts',
    from: '(!cut().height && projections.suspended())',
    to: '(!cut().height && !projections)',
    test: 'test/store/retention.test.ts',
  },
]

const RUNTIME: readonly Mutant[] = [
  {
    name: 'a wire has no credit',
    file: 'src/runtime/shared/wire.ts',
    from: 'while (this.credit < 1) {',
    to: 'while (!this.#port) {',
    test: 'test/runtime/wires.test.ts',
    only: 'W2',
  },
  {
    name: 'a task runs twice at once',
    file: 'src/tasks/task.ts',
    from: "if (this.#phase === 'idle') void this.#run('manual')",
    to: "void this.#run('manual')",
    test: 'test/tasks/schedule.test.ts',
    only: 'join a run under way',
  },
  {
    name: 'a timeout frees the slot while the work goes on',
    file: 'src/tasks/task.ts',
    from: "await this.#ended\n    this.#phase = 'waiting'",
    to: "this.#phase = 'waiting'",
    test: 'test/tasks/schedule.test.ts',
    only: 'a timeout aborts the signal',
  },
]

const CACHE: readonly Mutant[] = [
  {
    name: 'a tag is of the height that was told last',
    file: 'src/cache/tags.ts',
    from: 'if (tag.height >= height) continue',
    to: '',
    test: 'test/cache/merging.test.ts',
  },
  {
    name: 'a value that arrives last wins',
    file: 'src/cache/shelf.ts',
    from: 'if (stamp <= held.stamp) return undefined',
    to: '',
    test: 'test/cache/merging.test.ts',
  },
  {
    name: 'the oldest entry is evicted, not the longest unused',
    file: 'src/cache/keeper.ts',
    from: '.sort((a, b) => a.lastUse - b.lastUse)',
    to: '',
    test: 'test/cache/owner.test.ts',
    only: 'the least recently used goes',
  },
  {
    name: 'a view goes back in height',
    file: 'src/views/views.ts',
    from: 'newer(known.asOf, seen())',
    to: 'seen()',
    test: 'test/views/views.test.ts',
    only: 'never goes backwards',
  },
]

const GATEWAY: readonly Mutant[] = [
  {
    name: 'since is inclusive in memory',
    file: 'src/gateway/recent.ts',
    from: 'cursor) > 0) high = middle',
    to: 'cursor) >= 0) high = middle',
    test: 'test/gateway/resume.test.ts',
    only: 'whatever is committed',
  },
  {
    name: 'the address is ignored in a resume from memory',
    file: 'src/gateway/published-log.ts',
    from: 'account === undefined || audience.includes(account)',
    to: 'account === undefined || audience.length > 0',
    test: 'test/gateway/resume.test.ts',
    only: 'whatever is committed',
  },
  {
    name: 'the address is ignored in what is pushed',
    file: 'src/gateway/publish.ts',
    from: 'for (const account of event.audience)',
    to: 'for (const account of channel.byAddress.keys())',
    test: 'test/gateway/protocol.test.ts',
    only: 'an address narrows a channel',
  },
  {
    name: 'who listens to a channel and to an address of it gets an event twice',
    file: 'src/gateway/publish.ts',
    from: 'if (served.has(session)) continue',
    to: '',
    test: 'test/gateway/protocol.test.ts',
    only: 'an address narrows a channel',
  },
  {
    name: 'subscribing again to a channel and address adds',
    file: 'src/gateway/desk.ts',
    from: 'session.subscriptions.get(key)?.end()',
    to: '',
    test: 'test/gateway/protocol.test.ts',
    only: 'an address narrows a channel',
  },
  {
    name: 'the epoch is not compared',
    file: 'src/gateway/admission.ts',
    from: 'epoch !== identity.epoch)',
    to: "epoch === '')",
    test: 'test/gateway/protocol.test.ts',
    only: 'resume_expired',
  },
  {
    name: 'a cursor beyond the end is live at once',
    file: 'src/gateway/subscription.ts',
    from: 'log.live && compare(log.end, at) >= 0',
    to: 'log.live',
    test: 'test/gateway/resume.test.ts',
    only: 'a cursor beyond the end',
  },
  {
    name: 'a view that a client sees goes back',
    file: 'src/gateway/subscription.ts',
    from: 'view.height < before.height || ',
    to: '',
    test: 'test/gateway/live-views.test.ts',
  },
  {
    name: 'what was committed while the hub was behind is not read',
    file: 'src/gateway/published-log.ts',
    from: 'if (after === this.#height && events) return events',
    to: 'if (events) return events',
    test: 'test/gateway/resume.test.ts',
    only: 'whatever is committed',
  },
  {
    name: 'events without their rows are not read',
    file: 'src/gateway/published-log.ts',
    from: 'if (after === this.#height && events) return events',
    to: 'if (after === this.#height) return events ?? []',
    test: 'test/gateway/resume.test.ts',
    only: 'whatever is committed',
  },
  {
    name: 'readers of history share nothing',
    file: 'src/gateway/published-log.ts',
    from: 'const readers = Math.max(1, this.#readers)',
    to: 'const readers = 1',
    test: 'test/gateway/readers-share.test.ts',
  },
  {
    name: 'the fast path is used though socket.io writes something else',
    file: 'src/gateway/fast-path.ts',
    from: 'this.#open = Buffer.concat(written).equals(expected)',
    to: 'this.#open = true',
    test: 'test/gateway/socketio.test.ts',
    only: 'closes the fast path',
  },
  {
    name: 'bytes that are no JSON pass',
    file: 'src/chain/read/is-json.ts',
    from: 'if (bytes[at] !== COMMA) return false',
    to: 'if (bytes[at] !== COMMA) at -= 1',
    test: 'test/read/is-json.test.ts',
  },
  {
    name: 'what is nested too deep for SIMD passes',
    file: 'src/chain/decode/simd.ts',
    from: 'answer === undefined || answer === TOO_DEEP ? undefined : answer === 1',
    to: 'answer === undefined ? undefined : answer > 0',
    test: 'test/read/is-json.test.ts',
  },
  {
    name: 'a client that does not read is never closed',
    file: 'src/gateway/session.ts',
    from: 'if (this.door.buffered() > this.#rules.limits.maxBufferedBytes) this.overwhelmed()',
    to: 'if (this.door.buffered() < 0) this.overwhelmed()',
    test: 'test/gateway/live-views.test.ts',
    only: 'for a client beyond its cap',
  },
  {
    name: 'a reader that retention has overtaken goes on',
    file: 'src/gateway/subscription.ts',
    from: 'requireResumable(log, at, undefined)',
    to: 'compare(at, at)',
    test: 'test/gateway/missed.test.ts',
  },
  {
    name: 'the hub pushes whatever it missed in one tick',
    file: 'src/gateway/published-log.ts',
    from: "order: 'asc', limit: PAGE, withAudience",
    to: "order: 'asc', limit: 1_000_000, withAudience",
    test: 'test/gateway/missed.test.ts',
  },
]

const GUARD: readonly Mutant[] = [
  {
    name: 'messages are not counted',
    file: 'src/gateway/session.ts',
    from: 'this.#messages + 1 : 1',
    to: 'this.#messages : 1',
    test: 'test/gateway/protocol.test.ts',
    only: 'too many messages',
  },
  {
    name: 'requests are not counted',
    file: 'src/control/rate-limit.ts',
    from: 'counts.set(key, count)',
    to: '',
    test: 'test/control/rest.test.ts',
    only: 'more requests a minute',
  },
  {
    name: 'connections are not counted',
    file: 'src/gateway/doorman.ts',
    from: 'this.#total += 1',
    to: '',
    test: 'test/gateway/protocol.test.ts',
    only: 'foreign pages and hosts',
  },
  {
    name: 'the guard is not asked at the door',
    file: 'src/gateway/doorman.ts',
    from: 'if (!admission.ok) throw',
    to: 'if (!admission) throw',
    test: 'test/gateway/protocol.test.ts',
    only: 'foreign pages and hosts',
  },
  {
    name: 'the guard is not asked over REST',
    file: 'src/control/server.ts',
    from: 'app.use((context, next) => admit(guard, context, next))',
    to: '',
    test: 'test/control/guard.test.ts',
    only: 'refused on every route',
  },
  {
    name: 'the host is not compared',
    file: 'src/control/guard.ts',
    from: 'if (to !== undefined && !ours(to))',
    to: "if (to === 'nobody')",
    test: 'test/control/guard.test.ts',
  },
  {
    name: 'an origin that only begins like loopback comes in',
    file: 'src/control/guard.ts',
    from: 'isLoopback(hostName(originHost(origin)))',
    to: "originHost(origin).startsWith('localhost')",
    test: 'test/control/guard.test.ts',
  },
  {
    name: 'operators are not asked for the token',
    file: 'src/control/mount.ts',
    from: '[admin, audited(each, answer, audit)]',
    to: '[audited(each, answer, audit)]',
    test: 'test/control/operators.test.ts',
    only: 'once there is an admin token',
  },
  {
    name: 'any token is the admin token',
    file: 'src/control/admin.ts',
    from: 'timingSafeEqual(expected, given)',
    to: "(timingSafeEqual(expected, given), presented !== '')",
    test: 'test/control/operators.test.ts',
    only: 'once there is an admin token',
  },
]

const CLIENT: readonly Mutant[] = [
  {
    name: 'what comes again is handled again',
    file: 'src/client/feed.ts',
    from: 'if (!this.wanted || !after(event.id, this.#cursor)) return',
    to: 'if (!this.wanted) return',
    test: 'test/client/client.test.ts',
    only: 'from further back',
  },
  {
    name: 'a position of another history is resumed from',
    file: 'src/client/lane.ts',
    from: 'epoch: since && epoch,',
    to: 'epoch: undefined,',
    test: 'test/client/client.test.ts',
    only: 'another history',
  },
]

export const MUTANTS: readonly Mutant[] = [
  ...[...DECODE, ...READ, ...STORE, ...RUNTIME, ...CACHE, ...GATEWAY, ...GUARD, ...CLIENT],
]
