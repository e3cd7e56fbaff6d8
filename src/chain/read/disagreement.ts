/** Endpoints that tell different histories, put so that an operator sees who said what. */
import type { ScannedBlock } from '../decode/types.ts'

/** What one endpoint answered. */
export interface Answer {
  /** The endpoint's name, without credentials. */
  alias: string
  blocks: readonly ScannedBlock[]
}

/**
 * Every endpoint's answer at the first height where one differs from the first endpoint's; where none does, at the first
 * height of all. Heights that an endpoint did not answer are not held against it.
 */
export function answersSideBySide(answers: readonly Answer[]): string {
  const [first, ...others] = answers
  const differs = ({ height, ...block }: ScannedBlock): boolean =>
    others.some((other) => {
      const its = other.blocks.find((each) => each.height === height)
      return its !== undefined && told(its) !== told(block)
    })
  const height = (first?.blocks.find(differs) ?? first?.blocks[0])?.height
  const said = answers.flatMap(({ alias, blocks }) => {
    const block = blocks.find((each) => each.height === height)
    return block ? [`${alias} says ${told(block)}`] : []
  })
  return `at height ${height} ${said.join('; ')}`
}

function told({ hash, parentHash, time }: Pick<ScannedBlock, 'hash' | 'parentHash' | 'time'>): string {
  return `block ${hash || 'without a hash'} of ${time} after ${parentHash || 'none'}`
}
