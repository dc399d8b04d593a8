/**
 * Countries between which goods move without a customs declaration: the EU's customs union with Monaco, the
 * United Kingdom with the Isle of Man, Switzerland with Liechtenstein, the United States with Puerto Rico.
 * Parts of a country outside its customs or tax territory (the Canary Islands) are not told apart.
 */
const unions = [
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK',
  'GB IM',
  'CH LI',
  'US PR',
].map((countries) => new Set(countries.split(' ')));

/** Whether a parcel between these countries (ISO 3166-1 alpha-2) needs customs documents. */
export function needsCustoms(from: string, to: string): boolean {
  return from !== to && !unions.some((union) => union.has(from) && union.has(to));
}
