/** Degrees; north and east are positive. */
export interface Coordinates {
  latitude: number;
  longitude: number;
}

/**
 * The middle of each country of ISO 3166-1 (and XK, Kosovo, as shops and carriers name it) to half a degree,
 * as the World Factbook, which is in the public domain, gives it. Good enough to tell which warehouse is
 * nearer when only the destination's country is known; distances within a country say little.
 */
const table = `
  AD 42.5 1.5, AE 24 54, AF 33 65, AG 17 -62, AI 18.5 -63, AL 41 20, AM 40 45, AO -12.5 18.5, AQ -90 0,
  AR -34 -64, AS -14.5 -170, AT 47.5 13.5, AU -27 133, AW 12.5 -70, AX 60 20, AZ 40.5 47.5, BA 44 18,
  BB 13 -59.5, BD 24 90, BE 51 4, BF 13 -2, BG 43 25, BH 26 50.5, BI -3.5 30, BJ 9.5 2.5, BL 18 -63,
  BM 32.5 -64.5, BN 4.5 114.5, BO -17 -65, BQ 12 -68, BR -10 -55, BS 24.5 -76, BT 27.5 90.5,
  BV -54.5 3.5, BW -22 24, BY 53 28, BZ 17.5 -88.5, CA 60 -95, CC -12.5 97, CD 0 25, CF 7 21, CG -1 15,
  CH 47 8, CI 8 -5, CK -21 -160, CL -30 -71, CM 6 12, CN 35 105, CO 4 -72, CR 10 -84, CU 21.5 -80,
  CV 16 -24, CW 12 -69, CX -10.5 105.5, CY 35 33, CZ 50 15.5, DE 51 9, DJ 11.5 43, DK 56 10,
  DM 15.5 -61.5, DO 19 -70.5, DZ 28 3, EC -2 -77.5, EE 59 26, EG 27 30, EH 24.5 -13, ER 15 39, ES 40 -4,
  ET 8 38, FI 64 26, FJ -18 175, FK -51.5 -59, FM 7 158.5, FO 62 -7, FR 46 2, GA -1 12, GB 54 -2,
  GD 12 -61.5, GE 42 43.5, GF 4 -53, GG 49.5 -2.5, GH 8 -2, GI 36 -5.5, GL 72 -40, GM 13.5 -16.5,
  GN 11 -10, GP 16.5 -61.5, GQ 2 10, GR 39 22, GS -54.5 -37, GT 15.5 -90, GU 13.5 145, GW 12 -15,
  GY 5 -59, HK 22.5 114, HM -53 72.5, HN 15 -86.5, HR 45 15.5, HT 19 -72.5, HU 47 20, ID -5 120,
  IE 53 -8, IL 31.5 35, IM 54.5 -4.5, IN 20 77, IO -6 71.5, IQ 33 44, IR 32 53, IS 65 -18, IT 43 13,
  JE 49.5 -2, JM 18.5 -77.5, JO 31 36, JP 36 138, KE 1 38, KG 41 75, KH 13 105, KI 1.5 173, KM -12 44.5,
  KN 17.5 -62.5, KP 40 127, KR 37 127.5, KW 29.5 46, KY 19.5 -80.5, KZ 48 68, LA 18 105, LB 34 36,
  LC 14 -61, LI 47.5 9.5, LK 7 81, LR 6.5 -9.5, LS -29.5 28.5, LT 56 24, LU 50 6, LV 57 25, LY 25 17,
  MA 32 -5, MC 43.5 7.5, MD 47 29, ME 42.5 19.5, MF 18 -63, MG -20 47, MH 9 168, MK 42 22, ML 17 -4,
  MM 22 98, MN 46 105, MO 22 113.5, MP 15 146, MQ 14.5 -61, MR 20 -12, MS 17 -62, MT 36 14.5,
  MU -20.5 57.5, MV 3.5 73, MW -13.5 34, MX 23 -102, MY 2.5 112.5, MZ -18 35, NA -22 17, NC -21.5 165.5,
  NE 16 8, NF -29 168, NG 10 8, NI 13 -85, NL 52.5 6, NO 62 10, NP 28 84, NR -0.5 167, NU -19 -170,
  NZ -41 174, OM 21 57, PA 9 -80, PE -10 -76, PF -15 -140, PG -6 147, PH 13 122, PK 30 70, PL 52 20,
  PM 47 -56.5, PN -25 -130, PR 18.5 -66.5, PS 32 35, PT 39.5 -8, PW 7.5 134.5, PY -23 -58, QA 25.5 51.5,
  RE -21 55.5, RO 46 25, RS 44 21, RU 60 100, RW -2 30, SA 25 45, SB -8 159, SC -4.5 55.5, SD 15 30,
  SE 62 15, SG 1.5 104, SH -16 -5.5, SI 46 15, SJ 78 20, SK 48.5 19.5, SL 8.5 -11.5, SM 44 12.5,
  SN 14 -14, SO 10 49, SR 4 -56, SS 7 30, ST 1 7, SV 14 -89, SX 18 -63, SY 35 38, SZ -26.5 31.5,
  TC 22 -71.5, TD 15 19, TF -49 69, TG 8 1, TH 15 100, TJ 39 71, TK -9 -172, TL -9 126, TM 40 60,
  TN 34 9, TO -20 -175, TR 39 35, TT 11 -61, TV -8 178, TW 23.5 121, TZ -6 35, UA 49 32, UG 1 32,
  UM 19.5 166.5, US 38 -97, UY -33 -56, UZ 41 64, VA 42 12.5, VC 13.5 -61, VE 8 -66, VG 18.5 -64.5,
  VI 18.5 -65, VN 16 108, VU -16 167, WF -13.5 -176, WS -13.5 -172.5, XK 42.5 21, YE 15 48, YT -13 45,
  ZA -29 24, ZM -15 30, ZW -20 30
`;

const centers: ReadonlyMap<string, Coordinates> = new Map(
  table
    .trim()
    .split(/,\s*/)
    .map((row) => {
      const [code = '', latitude, longitude] = row.split(' ');
      return [code, { latitude: Number(latitude), longitude: Number(longitude) }] as const;
    }),
);

/** Whether it is an upper-case ISO 3166-1 alpha-2 code (or XK). */
export function isCountry(code: string): boolean {
  return centers.has(code);
}

/** The middle of the country, or null for what is none. */
export function centerOf(country: string): Coordinates | null {
  return centers.get(country) ?? null;
}

/** Great-circle distance in whole meters on a sphere of the Earth's mean radius (IUGG: 6,371,009 m). */
export function distanceMeters(from: Coordinates, to: Coordinates): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const halfChord = (a: number, b: number) => Math.sin(radians(b - a) / 2) ** 2;
  const haversine =
    halfChord(from.latitude, to.latitude) +
    Math.cos(radians(from.latitude)) *
      Math.cos(radians(to.latitude)) *
      halfChord(from.longitude, to.longitude);
  return Math.round(2 * 6_371_009 * Math.asin(Math.min(1, Math.sqrt(haversine))));
}
