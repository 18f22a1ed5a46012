/** Events that hand-written code reads at a time: as many as a subscription of Eventfold by default. */
export const pageSize = 1000
