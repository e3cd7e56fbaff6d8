/**
 * The composition root: configuration → supervision tree, gateway and control. Read this file to know the program.
 *
 *     root  one_for_one
 *     ├── devnet                        only when a recording is played
 *     └── pipeline  rest_for_one        event-store → event-decoder → block-fetcher, in the order of their start
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Logger } from 'pino'
