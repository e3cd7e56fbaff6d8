/** The first word of a type, which names the channel of the event: `transfer` of `transfer_created`. */
export function kindOf(type: string): string {
  return type.split(/[_.]/, 1)[0] ?? type
}
