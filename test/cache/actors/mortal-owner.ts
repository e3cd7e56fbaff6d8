/** The cache's owner, which dies at once when it is told to. */
import { BroadcastChannel } from 'node:worker_threads'
import '../../../workers/cache-owner.ts'

const orders = new BroadcastChannel('cache-owner')
orders.onmessage = () => process.exit(1)
