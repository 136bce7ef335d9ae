/**
 * Classes scaled to the quakes of an ordinary week; seismologists keep "major" and "great" for magnitudes from 7 and 8.
 */
export function severityOf(mag: number): 'minor' | 'light' | 'moderate' | 'major' | 'great' {
  if (mag >= 6) return 'great'
  if (mag >= 5) return 'major'
  if (mag >= 4) return 'moderate'
  return mag >= 3 ? 'light' : 'minor'
}

/** `4km W of Castaic, CA` → `California`. */
export function regionOf(place: string): string {
  const region = place.split(', ').at(-1) ?? place
  return region === 'CA' ? 'California' : region
}
