/** The service's name, by which its own tables are reached. */
export const service = 'monitoring'
