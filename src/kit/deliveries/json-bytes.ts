/** Returns JSON in which bytes are kept, for values that hold nothing else but JSON. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, function (this: Record<string, unknown>, name, written) {
    // A Buffer is written as an object before the replacer sees it, so the value itself is looked at.
    const own = this[name]
    return own instanceof Uint8Array ? { [bytesMember]: Buffer.from(own).toString('base64') } : written
  })

/** Reads what `toJson` wrote. */
export const fromJson = (json: string): unknown =>
  JSON.parse(json, (_, value) =>
    typeof value === 'object' && value !== null && typeof value[bytesMember] === 'string'
      ? new Uint8Array(Buffer.from(value[bytesMember], 'base64'))
      : value,
  )

// Member names of requests are letters, and no text of a user is a member name with a value of this form by chance.
const bytesMember = '\u0000bytes'
