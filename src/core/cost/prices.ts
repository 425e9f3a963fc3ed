/** The one dated list of prices, us-east-1, in prices.json: each with its unit, date and page. */
import list from './prices.json' with { type: 'json' };

export type PriceName = keyof (typeof list)['prices'];

export interface Price {
  readonly dollars: number;
  /** `1000 requests`, `GiB-month`. */
  readonly per: string;
  /** When it was read: a year, a month or a day. */
  readonly date: string;
  readonly source: string;
  readonly note?: string;
}

export interface PriceList {
  readonly asOf: string;
  readonly region: string;
  readonly currency: string;
  /** What nobody has checked, a sentence each. */
  readonly notChecked: readonly string[];
  readonly prices: Readonly<Record<PriceName, Price>>;
}

export const prices: PriceList = list;

/** One figure of a forecast: an amount of something that has a price. */
export interface CostLine {
  readonly item: CostItem;
  /** What exactly, for people: `GLACIER_IR at west`. */
  readonly detail: string;
  readonly quantity: number;
  /** As priced, without its number: `requests`, `GiB-month`. */
  readonly unit: string;
  readonly dollars: number;
}

/** In the order in which they are shown. */
export const costItems = [
  'storage',
  /** A class before the days for which it is billed at least. */
  'left early',
  'requests',
  'transfer',
  'tasks',
  'functions',
  'transitions',
  'keys',
  'secrets',
  'network',
  'logs and alarms',
] as const;
export type CostItem = (typeof costItems)[number];

/** `factor` scales a price that is a share of another: Spot. */
export function costLine(
  item: CostItem,
  price: PriceName,
  { quantity, detail, factor = 1 }: { quantity: number; detail: string; factor?: number },
): CostLine {
  const { dollars, per } = prices.prices[price];
  const batch = Number.parseInt(per, 10) || 1;
  const unit = per.replace(/^\d+ /, '');
  return { item, detail, quantity, unit, dollars: (quantity / batch) * dollars * factor };
}

export const sumOf = (lines: readonly CostLine[]): number =>
  lines.reduce((sum, { dollars }) => sum + dollars, 0);

/** Hours of a month as AWS counts them. */
export const hoursPerMonth = 730;
export const monthMs = hoursPerMonth * 3_600_000;
export const gibibyte = 1024 ** 3;
