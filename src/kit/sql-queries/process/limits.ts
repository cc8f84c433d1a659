/** The message for a query that needs more memory, or more space, than it may have. */
export const exhausted = 'Query exhausted resources at this scale factor'
