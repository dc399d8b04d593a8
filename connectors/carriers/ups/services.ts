/** Names by service code, as UPS' specification lists them; some differ by where the parcel starts. */
const names: Readonly<Record<string, string>> = {
  '01': 'UPS Next Day Air',
  '02': 'UPS 2nd Day Air',
  '03': 'UPS Ground',
  '07': 'UPS Express',
  '08': 'UPS Expedited',
  '11': 'UPS Standard',
  '12': 'UPS 3 Day Select',
  '13': 'UPS Next Day Air Saver',
  '14': 'UPS Next Day Air Early',
  '17': 'UPS Worldwide Economy DDU',
  '54': 'UPS Express Plus',
  '59': 'UPS 2nd Day Air A.M.',
  '65': 'UPS Saver',
  '70': 'UPS Access Point Economy',
  '71': 'UPS Worldwide Express Freight Midday',
  '72': 'UPS Worldwide Economy DDP',
  '74': 'UPS Express 12:00',
  '75': 'UPS Heavy Goods',
  '82': 'UPS Today Standard',
  '83': 'UPS Today Dedicated Courier',
  '84': 'UPS Today Intercity',
  '85': 'UPS Today Express',
  '86': 'UPS Today Express Saver',
  '96': 'UPS Worldwide Express Freight',
};

const namesFromUs: Readonly<Record<string, string>> = {
  '07': 'UPS Worldwide Express',
  '08': 'UPS Worldwide Expedited',
  '54': 'UPS Worldwide Express Plus',
  '65': 'UPS Worldwide Saver',
};

/** What people read for a service code; UPS' own description, or the bare code, for one not listed. */
export function serviceName(code: string, origin: string, description = ''): string {
  const american = origin === 'US' || origin === 'PR' ? namesFromUs[code] : undefined;
  return american ?? names[code] ?? (description || `UPS service ${code}`);
}
