/** Formats times, sizes and durations in the chosen language. */
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';

export interface When {
  /** A day in UTC, e.g. of a certificate. */
  day(iso: string): string;
  /** Date and time in this machine's time zone. */
  moment(iso: string): string;
  time(iso: string): string;
  /** Bytes in GB or MB, powers of 1000 as on a disk's label. */
  bytes(bytes: number): string;
  rate(bytesPerSecond: number): string;
  duration(ms: number): string;
}

const orText = (iso: string, format: (date: Date) => string): string => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : format(date);
};

export function useWhen(): When {
  const { locale, t } = useI18n({ useScope: 'global' });
  const day = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeZone: 'UTC' }));
  const moment = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }));
  const time = computed(() => new Intl.DateTimeFormat(locale.value, { timeStyle: 'medium' }));
  const number = (value: number, digits: number): string =>
    new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(value);

  const bytes = (value: number): string => {
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    let size = value;
    let unit = 0;
    while (size >= 1000 && unit < units.length - 1) {
      size /= 1000;
      unit += 1;
    }
    return `${number(size, size < 10 && unit > 1 ? 1 : 0)} ${units[unit] ?? ''}`;
  };

  return {
    day: (iso) => orText(iso, (date) => day.value.format(date)),
    moment: (iso) => orText(iso, (date) => moment.value.format(date)),
    time: (iso) => orText(iso, (date) => time.value.format(date)),
    bytes,
    rate: (bytesPerSecond) => `${bytes(bytesPerSecond)}/s`,
    duration(ms) {
      const seconds = Math.max(0, Math.round(ms / 1000));
      if (seconds < 60) return t('wizard.duration.seconds', { seconds });
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return t('wizard.duration.minutes', { minutes, seconds: seconds % 60 });
      return t('wizard.duration.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
    },
  };
}
