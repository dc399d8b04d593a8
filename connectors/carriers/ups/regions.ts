const codesByCountry: Readonly<Record<string, string>> = {
  US: `AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,
    DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa,
    KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota,
    MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey,
    NM New Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon,
    PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah,
    VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming, AA Armed Forces Americas,
    AE Armed Forces Europe, AP Armed Forces Pacific`,
  CA: `AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador,
    NS Nova Scotia, NT Northwest Territories, NU Nunavut, ON Ontario, PE Prince Edward Island, QC Quebec,
    SK Saskatchewan, YT Yukon`,
};

const codes: ReadonlyMap<string, string> = new Map(
  Object.entries(codesByCountry).flatMap(([country, list]) =>
    list.split(/,\s+/).flatMap((entry) => {
      const code = entry.slice(0, 2);
      return [
        [`${country} ${code}`, code],
        [`${country} ${plain(entry.slice(3))}`, code],
      ] as const;
    }),
  ),
);

/** Québec and QUEBEC alike. */
function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toUpperCase();
}

/** Where UPS refuses an address without a state or province. */
export const regionsNeeded: ReadonlySet<string> = new Set(['US', 'CA', 'VN']);

/** Countries whose region goes on the label as the shop's code, if it fits: Ireland's county, Viet Nam's province. */
const regionsAsGiven = new Set(['IE', 'VN']);

/** The code that UPS wants for a region given as code or English name; null where it wants none, or knows none. */
export function regionCode(country: string, region: string | undefined): string | null {
  const name = plain(region ?? '');
  if (codesByCountry[country]) return codes.get(`${country} ${name}`) ?? null;
  return regionsAsGiven.has(country) && /^[A-Z0-9-]{1,5}$/.test(name) ? name : null;
}
