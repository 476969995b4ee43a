/** Dates and times as the person's language and region write them. */
export interface Format {
  /** "10:44" */
  time(at: number): string;
  /** "Tue" */
  weekday(at: number): string;
  /** "3 May", with the year where it is not this one */
  date(at: number, now: number): string;
  /** "Tuesday 3 May" */
  day(at: number, now: number): string;
  /** Full date and time, for a tooltip and for `datetime`'s reader. */
  full(at: number): string;
  /** Calendar days from `at` to `now` here: 0 today, 1 yesterday, negative in the future. */
  daysAgo(at: number, now: number): number;
  /** Milliseconds from `now` to the next midnight here. */
  untilMidnight(now: number): number;
  /** Times carry "AM" or "PM" and need more room. */
  readonly twelveHours: boolean;
}

const DAY = 86_400_000;

function midnight(at: number): Date {
  const date = new Date(at);
  date.setHours(0, 0, 0, 0);
  return date;
}

/**
 * @param language of the catalogue, so that dates do not mix tongues
 * @param preferred the browser's languages: a region of the same tongue decides the order, the first one decides 12 or 24 hours
 */
export function createFormat(language: string, preferred: readonly string[]): Format {
  const locale = preferred.find((tag) => new Intl.Locale(tag).language === language) ?? language;
  const resolved = new Intl.DateTimeFormat(preferred[0] ?? locale, { hour: 'numeric' }).resolvedOptions();
  const hourCycle = resolved.hourCycle ?? 'h23';
  const twelveHours = hourCycle === 'h11' || hourCycle === 'h12';
  const formatter = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, options);
    return (at: number) => format.format(at);
  };
  const time = formatter({ hour: twelveHours ? 'numeric' : '2-digit', minute: '2-digit', hourCycle });
  const weekday = formatter({ weekday: 'short' });
  const date = formatter({ day: 'numeric', month: 'short' });
  const dateOfYear = formatter({ day: 'numeric', month: 'short', year: 'numeric' });
  const day = formatter({ weekday: 'long', day: 'numeric', month: 'long' });
  const dayOfYear = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const full = formatter({ dateStyle: 'full', timeStyle: 'short', hourCycle });
  const sameYear = (at: number, now: number) => new Date(at).getFullYear() === new Date(now).getFullYear();
  return {
    time,
    weekday,
    date: (at, now) => (sameYear(at, now) ? date(at) : dateOfYear(at)),
    day: (at, now) => (sameYear(at, now) ? day(at) : dayOfYear(at)),
    full,
    // Rounded: a day with a change of clocks has 23 or 25 hours.
    daysAgo: (at, now) => Math.round((midnight(now).getTime() - midnight(at).getTime()) / DAY),
    untilMidnight(now) {
      const next = midnight(now);
      next.setDate(next.getDate() + 1);
      return next.getTime() - now;
    },
    twelveHours,
  };
}
