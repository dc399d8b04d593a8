/**
 * UPS' 1Z number: "1Z", six characters of shipper number, two of service, seven digits, and a check digit:
 * letters count as (their place in the alphabet + 1) mod 10, every second character twice.
 */
export function trackingNumber(shipperNumber: string, service: string, serial: number): string {
  const body = `${shipperNumber}${service}${String(serial % 10_000_000).padStart(7, '0')}`;
  return `1Z${body}${checkDigit(body)}`;
}

export function isTrackingNumber(value: string): boolean {
  return /^1Z[0-9A-Z]{15}\d$/.test(value) && value.slice(-1) === String(checkDigit(value.slice(2, 17)));
}

function checkDigit(body: string): number {
  const sum = [...body].reduce((total, character, index) => {
    const value = /\d/.test(character) ? Number(character) : (character.charCodeAt(0) - 63) % 10;
    return total + (index % 2 === 0 ? value : 2 * value);
  }, 0);
  return (10 - (sum % 10)) % 10;
}
