/** Wall-clock time in IANA zones, by the zone data that ships with Node. */

export function isTimeZone(zone: string): boolean {
  // The default, known without loading the calendars: 12 ms of every start.
  if (zone === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const hourMs = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}

/** What a clock on the wall of `zone` reads, as a Date whose UTC fields are that reading. */
export function wallTime(instant: Date, zone: string): Date {
  // Without the calendars: a forecast asks this some hundred thousand times.
  if (zone === 'UTC') return new Date(Math.floor(instant.getTime() / 1000) * 1000);
  const fields = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
  const { year, month, day, hour, minute, second } = fields;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

/**
 * The first instant at which the wall clock of `zone` reads `wall`; undefined where the clock jumps
 * over it. A reading that comes twice gives its first occurrence. Strictly increasing in `wall`.
 */
export function firstInstant(wall: Date, zone: string): Date | undefined {
  const instants = [-24, 0, 24].map((hours) => {
    const near = new Date(wall.getTime() + hours * hourMs);
    const offset = wallTime(near, zone).getTime() - near.getTime();
    return new Date(wall.getTime() - offset);
  });
  const exact = instants.filter((instant) => wallTime(instant, zone).getTime() === wall.getTime());
  return exact.sort((a, b) => a.getTime() - b.getTime())[0];
}
