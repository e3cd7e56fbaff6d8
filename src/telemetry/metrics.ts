/** Metrics in Prometheus' text format. What is counted elsewhere is read when it is asked for, and costs nothing till then. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type Labels = Readonly<Record<string, string>>

/** A reading: labels and value. */
export type Sample = readonly [labels: Labels, value: number]

/** Metrics of one name. Labels only from closed sets: never an address, a client, a transaction or a URL. */
export interface Family {
  name: string
  help: string
  type: 'gauge' | 'counter'
  /** Default: none. */
  labels?: readonly string[]
  /** What it stands at now; a counter's total. When it throws, the name is missing from that answer. */
  read(): Iterable<Sample>
}

/** Durations by labels. */
export interface Durations {
  name: string
  help: string
  labels: readonly string[]
  /** Called before each answer: what has happened since, to be observed. Default: nothing. */
  before?(observe: (labels: Readonly<Record<string, unknown>>, milliseconds: number) => void): void
}

/** Seconds, from half a millisecond. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Metrics of this process, `process_*` and `nodejs_*`: there is one of it, and they hold observers that never end. */
let processMetrics: Registry | undefined

export class Metrics {
  readonly #registry = new Registry()

  /** Adds a name that is read from elsewhere. */
  add({ name, help, type, labels = [], read }: Family): void {
    const common = { name, help, labelNames: [...labels], registers: [this.#registry] }
    if (type === 'gauge')
      new Gauge({
        ...common,
        collect() {
          this.reset()
          for (const [at, value] of readings(read)) this.set(at, value)
        },
      })
    else
      new Counter({
        ...common,
        collect() {
          this.reset()
          for (const [at, value] of readings(read)) this.inc(at, value)
        },
      })
  }

  /** Adds a histogram in seconds, and answers what observes. */
  durations({ name, help, labels, before }: Durations): (labels: Labels, milliseconds: number) => void {
    const known = new Map<string, { observe(seconds: number): void }>() // looking labels up costs more than counting
    const observe = (at: Readonly<Record<string, unknown>>, milliseconds: number): void => {
      let key = ''
      for (const label of labels) key += `${at[label]}\n`
      const child = known.get(key) ?? histogram.labels(...labels.map((label) => String(at[label])))
      known.set(key, child)
      child.observe(milliseconds / 1_000)
    }
    const histogram = new Histogram({
      ...{ name, help, labelNames: [...labels], buckets: BUCKETS, registers: [this.#registry] },
      collect: () => before?.(observe),
    })
    return observe
  }

  /** Everything as of now, with the process's own. */
  async text(): Promise<string> {
    if (!processMetrics) {
      processMetrics = new Registry()
      collectDefaultMetrics({ register: processMetrics })
    }
    return `${await this.#registry.metrics()}\n${await processMetrics.metrics()}`
  }

  /** The content type of {@link text}. */
  static readonly TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE
}

/** A reading where there is a value. */
export function known(labels: Labels, value: number | null): Sample[] {
  return value === null ? [] : [[labels, value]]
}

function readings(read: () => Iterable<Sample>): readonly Sample[] {
  try {
    return [...read()]
  } catch {
    return [] // a part that is not there now; its absence is what an alert sees
  }
}
