/** Sends back what it gets: the bare round trip between two threads. */
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', (message) => parentPort?.postMessage(message))
