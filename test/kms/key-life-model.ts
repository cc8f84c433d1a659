/** What a command is answered: `ok`, or the code of its refusal. */
export type Answer = string

export const regions = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const
export type Region = (typeof regions)[number]

type State = 'Enabled' | 'Disabled' | 'PendingImport' | 'PendingDeletion' | 'PendingReplicaDeletion'

interface ModelKey {
  state: State
  deletionDay?: number
  windowDays?: number
  /** Imported material that is here, by number. */
  here: Set<number>
}

export type Command =
  | { do: 'disable' | 'enable' | 'cancel' | 'rotate' | 'enable-rotation'; region: Region }
  | { do: 'schedule'; region: Region; days: number }
  | { do: 'import'; region: Region; material: number; type: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' }
  | { do: 'delete-material'; region: Region; material: number }
  | { do: 'replicate' | 'update-primary'; region: Region }
  | { do: 'advance'; days: number }

const invalid = 'KMSInvalidStateException'
const unsupported = 'UnsupportedOperationException'
const periodDays = 90

/**
 * A key and its relatives as the documentation describes them: which state each is in, and what each command is answered.
 * Days are counted from the beginning. Written apart from the service, so that the two can be compared.
 */
export class KeyLifeModel {
  readonly external: boolean
  readonly multiRegion: boolean
  readonly keys = new Map<Region, ModelKey>()
  primary: Region = regions[0]
  today = 0
  /** Imported material by number; the rest is older and needed to decrypt. */
  current: number | undefined
  pending: number | undefined
  readonly older: number[] = []
  /** How many materials the key has had that KMS made. */
  generated = 1
  nextRotation: number | undefined
  lastRotation: number | undefined

  constructor(external: boolean, multiRegion: boolean) {
    this.external = external
    this.multiRegion = multiRegion
    this.keys.set(this.primary, { state: external ? 'PendingImport' : 'Enabled', here: new Set() })
  }

  apply(command: Command): Answer {
    if (command.do === 'advance') return this.#advance(command.days)
    if (command.do === 'replicate' || command.do === 'update-primary')
      return this.#onPrimary(command.do, command.region)
    const key = this.keys.get(command.region)
    if (!key) return 'NotFoundException'
    switch (command.do) {
      case 'disable':
      case 'enable':
        if (key.state !== 'Enabled' && key.state !== 'Disabled') return invalid
        key.state = command.do === 'enable' ? 'Enabled' : 'Disabled'
        this.#rotateWhenDue()
        return 'ok'
      case 'schedule':
        return this.#schedule(command.region, key, command.days)
      case 'cancel':
        if (key.state !== 'PendingDeletion' && key.state !== 'PendingReplicaDeletion') return invalid
        key.deletionDay = undefined
        key.state = this.#isComplete(key) ? 'Disabled' : 'PendingImport'
        return 'ok'
      case 'rotate':
        return this.#rotate(command.region, key)
      case 'enable-rotation':
        // The guide's note 9: a key that waits for its material is treated like others of its origin.
        if (key.state === 'PendingImport') return unsupported
        if (key.state === 'Disabled') return 'DisabledException'
        if (key.state !== 'Enabled') return invalid
        if (this.external || command.region !== this.primary) return unsupported
        this.nextRotation = this.today + periodDays
        return 'ok'
      case 'import':
        return this.#import(command.region, key, command.material, command.type)
      case 'delete-material':
        return this.#deleteMaterial(command.region, key, command.material)
    }
  }

  /** How many sealed materials the store should hold. */
  get stored(): number {
    const keys = [...this.keys.values()]
    return this.external ? keys.reduce((sum, { here }) => sum + here.size, 0) : keys.length * this.generated
  }

  #isComplete({ here }: ModelKey): boolean {
    if (!this.external) return true
    return this.current !== undefined && [this.current, ...this.older].every((material) => here.has(material))
  }

  #schedule(region: Region, key: ModelKey, days: number): Answer {
    if (key.state === 'PendingDeletion' || key.state === 'PendingReplicaDeletion') return invalid
    if (region === this.primary && this.keys.size > 1) {
      key.state = 'PendingReplicaDeletion'
      key.windowDays = days
    } else {
      key.state = 'PendingDeletion'
      key.deletionDay = this.today + days
    }
    return 'ok'
  }

  #rotate(region: Region, key: ModelKey): Answer {
    if (key.state === 'Disabled') return 'DisabledException'
    if (key.state !== 'Enabled') return invalid
    if (region !== this.primary) return unsupported
    if (this.nextRotation === this.today || this.lastRotation === this.today) return 'ConflictException'
    if (!this.external) {
      this.generated++
      return 'ok'
    }
    const { pending, current } = this
    const isEverywhere = [...this.keys.values()].every(({ here }) => pending !== undefined && here.has(pending))
    if (pending === undefined || current === undefined || !isEverywhere) return invalid
    this.older.push(current)
    this.current = pending
    this.pending = undefined
    return 'ok'
  }

  #import(region: Region, key: ModelKey, material: number, type: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL'): Answer {
    if (!this.external) return unsupported
    if (key.state === 'PendingDeletion' || key.state === 'PendingReplicaDeletion') return invalid
    const isKnown = material === this.current || material === this.pending || this.older.includes(material)
    if (type === 'NEW_KEY_MATERIAL') {
      if (region !== this.primary) return unsupported
      if (isKnown) return 'IncorrectKeyMaterialException'
      if (this.pending !== undefined) return invalid
      if (this.current === undefined) this.current = material
      else this.pending = material
    } else if (!isKnown) return 'IncorrectKeyMaterialException'
    key.here.add(material)
    if (key.state === 'PendingImport' && this.#isComplete(key)) key.state = 'Enabled'
    return 'ok'
  }

  #deleteMaterial(region: Region, key: ModelKey, material: number): Answer {
    if (!this.external) return unsupported
    if (material !== this.current && material !== this.pending && !this.older.includes(material)) {
      return 'NotFoundException'
    }
    if (material === this.pending && region === this.primary) {
      for (const { here } of this.keys.values()) here.delete(material)
      this.pending = undefined
      return 'ok'
    }
    key.here.delete(material)
    if (!this.#isComplete(key) && (key.state === 'Enabled' || key.state === 'Disabled')) key.state = 'PendingImport'
    return 'ok'
  }

  #onPrimary(what: 'replicate' | 'update-primary', region: Region): Answer {
    const key = this.keys.get(this.primary)
    if (!key) return 'NotFoundException'
    const other = this.keys.get(region)
    if (what === 'replicate') {
      const refusal = this.#refusalOfPrimary(key)
      if (refusal) return refusal
      if (region === this.primary) return 'ValidationException'
      if (other) return 'AlreadyExistsException'
      this.keys.set(region, { state: this.external ? 'PendingImport' : 'Enabled', here: new Set() })
      return 'ok'
    }
    const refusal = this.#refusalOfPrimary(key)
    if (refusal) return refusal
    if (region === this.primary) return 'ValidationException'
    if (!other) return 'NotFoundException'
    if (other.state === 'Disabled') return 'DisabledException'
    if (other.state !== 'Enabled') return invalid
    this.primary = region
    return 'ok'
  }

  #refusalOfPrimary(key: ModelKey): Answer | undefined {
    if (key.state === 'Disabled') return 'DisabledException'
    if (key.state !== 'Enabled') return invalid
    return this.multiRegion ? undefined : unsupported
  }

  #advance(days: number): Answer {
    for (let passed = 0; passed < days; passed++) {
      this.today++
      this.#deleteWhenDue()
      this.#rotateWhenDue()
    }
    return 'ok'
  }

  #deleteWhenDue(): void {
    for (const [region, { state, deletionDay }] of this.keys) {
      if (state === 'PendingDeletion' && deletionDay === this.today) this.keys.delete(region)
    }
    const primary = this.keys.get(this.primary)
    if (primary?.state === 'PendingReplicaDeletion' && this.keys.size === 1) {
      primary.state = 'PendingDeletion'
      primary.deletionDay = this.today + (primary.windowDays ?? 0)
    }
  }

  #rotateWhenDue(): void {
    const due = this.nextRotation !== undefined && this.nextRotation <= this.today
    if (!due || this.keys.get(this.primary)?.state !== 'Enabled') return
    this.generated++
    this.lastRotation = this.today
    this.nextRotation = this.today + periodDays
  }
}
