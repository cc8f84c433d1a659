/** The kinds of due work of CloudTrail Lake. */
export const settleWork = 'cloudtrail.settle-store'
export const removeWork = 'cloudtrail.remove-store'
export const writeWork = 'cloudtrail.write-events'
export const mergeWork = 'cloudtrail.merge-events'
export const expireWork = 'cloudtrail.expire-events'
export const queryWork = 'cloudtrail.run-query'
export const forgetQueryWork = 'cloudtrail.forget-query'
