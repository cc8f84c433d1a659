/** The kinds of due work by which trails deliver. */
export const filesWork = 'cloudtrail.deliver-files'
export const logsWork = 'cloudtrail.deliver-logs'
export const digestWork = 'cloudtrail.deliver-digest'
export const forgetWork = 'cloudtrail.forget-trail'
