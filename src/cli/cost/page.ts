/** `holdfast cost` for people: by source, by item, what a change would save, what it rests on. */
import { sizeText } from '../../core/duration.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';
import { wrap } from '../output/wrap.ts';
import type { CostAnswer } from './answer.ts';

export function costPage(answer: CostAnswer, screen: Screen): string {
  return [
    sourcesPart(answer, screen),
    itemsPart(answer, screen),
    wrap(totalsPart(answer), screen.width),
    ...(answer.change ? [changePart(answer.change, screen)] : []),
    wrap(comparison(answer), screen.width),
    notes(answer, screen),
  ].join('\n\n');
}

const titles = ['source', 'sets', 'stored', 'one full', 'growth', 'month'];

function sourcesPart({ sources, common }: CostAnswer, screen: Screen): string {
  const rows = sources.map(({ source, sets, storedBytes, policies, growthPerMonth, dollars }) => [
    source,
    String(Math.round(sets)),
    sizeText(storedBytes),
    policies[0] ? fullText(policies[0]) : '',
    growthPerMonth === null ? '' : `${percent(growthPerMonth)} a month`,
    money(dollars),
  ]);
  return table(screen, titles, [...rows, ['(all)', '', '', '', '', money(common.dollars)]]);
}

const fullText = ({ fullBytes, basis }: CostAnswer['sources'][number]['policies'][number]) =>
  `${sizeText(fullBytes)}${basis === 'assumed' ? ', assumed' : ''}`;

function itemsPart({ items, sources, common }: CostAnswer, screen: Screen): string {
  const lines = [...sources.flatMap((source) => source.lines), ...common.lines];
  const rows = items.map(({ item, dollars }) => [
    item,
    money(dollars),
    amounts(lines.filter((line) => line.item === item)),
  ]);
  return table(screen, ['item', 'month', 'what'], rows);
}

/** Amounts of one unit are added up, whatever they are for. */
function amounts(lines: CostAnswer['common']['lines']): string {
  const units = Map.groupBy(lines, ({ unit }) => unit);
  return [...units]
    .map(([unit, list]) => {
      const quantity = list.reduce((sum, line) => sum + line.quantity, 0);
      return `${quantityText(quantity)} ${unit}`;
    })
    .join(', ');
}

const quantityText = (quantity: number): string =>
  quantity.toLocaleString('en-US', { maximumFractionDigits: Math.abs(quantity) < 10 ? 2 : 0 });

function totalsPart({ dollars, comingMonth, inTwelveMonths }: CostAnswer): string {
  const later =
    inTwelveMonths === null ? '' : `; in a year, as the sets grow: ${money(inTwelveMonths)}`;
  return `${money(dollars)} a month once retention has settled. The coming month: ${money(comingMonth)}${later}.`;
}

function changePart(
  { dollars, difference, sources }: NonNullable<CostAnswer['change']>,
  screen: Screen,
) {
  const rows = sources.map((each) => [
    each.source,
    String(Math.round(each.sets)),
    sizeText(each.storedBytes),
    money(each.dollars),
    signed(each.difference),
  ]);
  const word = difference <= 0 ? 'saves' : 'costs';
  return [
    `With that retention: ${money(dollars)} a month. It ${word} ${money(Math.abs(difference))}.`,
    table(screen, ['source', 'sets', 'stored', 'month', 'against now'], rows),
  ].join('\n');
}

const comparison = ({ awsBackup: { least, most } }: CostAnswer): string =>
  `AWS Backup's list price for as many recovery points of the same sources, copies too: ${money(least)} where 2 % change between two, ${money(most)} where each is whole.`;

function notes({ assumptions, prices }: CostAnswer, screen: Screen): string {
  const lines = [
    ...assumptions,
    `Prices of ${prices.region}, list of ${prices.asOf}: what of it nobody checked is told by --json and in docs/cost.md.`,
  ];
  return lines.map((line) => wrap(`- ${line}`, screen.width)).join('\n');
}

const money = (dollars: number): string => {
  const text = Math.abs(dollars).toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  return `${dollars < -0.004 ? '-' : ''}$${text}`;
};

const signed = (dollars: number): string => `${dollars > 0.004 ? '+' : ''}${money(dollars)}`;

const percent = (share: number): string =>
  `${share > 0 ? '+' : ''}${(share * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
