/** Registered in the namespace before the first order; never personal data, since Temporal does not encrypt them. */
export const searchAttributes = {
  store: 'OrderloomStore',
  orderNumber: 'OrderloomOrderNumber',
  stage: 'OrderloomStage',
  condition: 'OrderloomCondition',
  country: 'OrderloomCountry',
  carrier: 'OrderloomCarrier',
} as const;
