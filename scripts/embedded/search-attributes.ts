/** The search attributes of order workflows that the embedded server registers before anything starts on it. */
export const searchAttributes = [
  'OrderloomStore',
  'OrderloomOrderNumber',
  'OrderloomStage',
  'OrderloomCondition',
  'OrderloomCountry',
  'OrderloomCarrier',
].map((name) => ({ name, type: 'Keyword' }));
