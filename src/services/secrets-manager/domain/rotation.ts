/** The steps of a rotation function, in their order. */
export const rotationSteps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

export type RotationStep = (typeof rotationSteps)[number]

/** A rotation in progress: it survives a crash, and goes on with the step it was at. */
export interface Rotation {
  /** Of the secret: a rotation of one that was deleted goes nowhere. */
  secretUid: string
  /** `test` calls the function with testSecret alone. */
  kind: 'rotate' | 'test'
  /** Also the ClientRequestToken of every step. */
  versionId: string
  /** Proves to the service, from another account, that a write belongs to this rotation. */
  rotationToken: string
  step: RotationStep
  /** Failures since the window began. */
  failures: number
}
