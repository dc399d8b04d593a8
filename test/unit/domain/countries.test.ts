import { describe, expect, it } from '@jest/globals';
import { centerOf, distanceMeters, isCountry } from '../../../domain/countries.ts';

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const codes = letters.flatMap((first) => letters.map((second) => first + second)).filter(isCountry);

describe('countries', () => {
  it('are the 249 of ISO 3166-1 and Kosovo, each somewhere on Earth', () => {
    expect(codes).toHaveLength(250);
    for (const code of codes) {
      const { latitude, longitude } = centerOf(code)!;
      expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
      expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
    }
  });

  it.each(['', 'XX', 'us', 'USA', 'UK', 'EU'])('%j is none', (code) => {
    expect(isCountry(code)).toBe(false);
    expect(centerOf(code)).toBeNull();
  });
});

describe('distanceMeters', () => {
  const london = { latitude: 51.5, longitude: -0.125 };

  it('is known for a quarter and a half of the globe', () => {
    expect(distanceMeters({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 90 })).toBe(10_007_558);
    expect(distanceMeters({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBe(20_015_115);
  });

  it('is short across the date line', () => {
    expect(distanceMeters({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBe(
      111_195,
    );
  });

  it('is the same both ways and nothing to oneself', () => {
    const paris = { latitude: 48.85, longitude: 2.35 };
    expect(distanceMeters(london, paris)).toBe(distanceMeters(paris, london));
    expect(Math.round(distanceMeters(london, paris) / 1000)).toBe(343);
    expect(distanceMeters(london, london)).toBe(0);
  });
});
