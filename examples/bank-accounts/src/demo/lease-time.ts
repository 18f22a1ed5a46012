/** How long after its last sign of life a killed process is taken for dead. A demo does not want to wait for 10 s. */
export const leaseTime = 1_000
