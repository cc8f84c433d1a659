/**
 * Returns the machine's own time. What runs in a process of its own reads the machine's clock, so that deadlines and lines of
 * its log are given in it, whatever the server's clock says.
 */
export const machineTimeMs = (): number => Date.now()
