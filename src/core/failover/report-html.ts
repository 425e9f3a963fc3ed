/** The report as a page of its own: no script, nothing loaded, the run drawn along its time. */
import type { FailoverOutcome } from '../contracts/failover.ts';
import { escapeHtml } from '../escape-html.ts';
import { type FailoverReport, type ReportPhase, reportFacts } from './report.ts';

const colours: Readonly<Record<FailoverOutcome, string>> = {
  succeeded: '#1b7f3b',
  'rolled-back': '#9a6700',
  refused: '#44546a',
  exposed: '#b00020',
  failed: '#b00020',
};

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 span { color: #fff; padding: 0 .5em; border-radius: .3em; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .35em .8em .35em 0; border-bottom: 1px solid #8884; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: currentColor; }
.failure { border-left: 4px solid #b00020; padding-left: 1em; }`;

export function reportHtml(report: FailoverReport): string {
  const { cluster, epoch, outcome, mode, from, to, failure } = report;
  const title = `Failover of ${cluster}, epoch ${epoch}`;
  const course = `Mode ${mode}, from ${from ?? '?'} to ${to ?? '?'}, ${report.startedAt} to ${report.endedAt}, ${report.execution}.`;
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}: ${outcome}</title>`,
    `<meta name="viewport" content="width=device-width"><style>${style}</style></head><body>`,
    `<h1>${escapeHtml(title)} <span style="background:${colours[outcome]}">${outcome}</span></h1>`,
    `<p>${escapeHtml(course)}</p>`,
    failure === null
      ? ''
      : `<p class="failure"><b>${escapeHtml(failure.step)}</b> failed (${escapeHtml(failure.code)}): ${escapeHtml(failure.message)}</p>`,
    `<table>${reportFacts(report).map(row).join('')}</table>`,
    timeline(report),
    `<table><tr><th>Phase</th><th>Seconds</th><th>What was seen and done</th></tr>${report.phases.map(phaseRow).join('')}</table>`,
    '</body></html>',
    '',
  ].join('\n');
}

const row = ([name, value]: readonly [string, string]): string =>
  `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`;

const phaseRow = ({ step, milliseconds, lines }: ReportPhase): string =>
  `<tr><td>${escapeHtml(step)}</td><td>${seconds(milliseconds)}</td><td>${lines.map(escapeHtml).join('<br>')}</td></tr>`;

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(2);

const drawing = { width: 900, labels: 130, row: 22, top: 8 };

/** A bar for each phase; the time in which nobody accepted writes lies behind them. */
function timeline(report: FailoverReport): string {
  const { phases } = report;
  const begin = Date.parse(report.startedAt);
  const lasts = Math.max(1, Date.parse(report.endedAt) - begin);
  const wide = drawing.width - drawing.labels - 60;
  const x = (milliseconds: number) => drawing.labels + (milliseconds / lasts) * wide;
  const bars = phases.map(({ step, startedAt, milliseconds }, index) => {
    const [left, y] = [x(Date.parse(startedAt) - begin), drawing.top + index * drawing.row];
    const width = Math.max(2, (milliseconds / lasts) * wide);
    return [
      `<text x="0" y="${y + 14}">${escapeHtml(step)}</text>`,
      `<rect x="${round(left)}" y="${y + 3}" width="${round(width)}" height="14" fill="#2f6fb3"/>`,
      `<text x="${round(left + width + 6)}" y="${y + 14}">${seconds(milliseconds)} s</text>`,
    ].join('');
  });
  const height = drawing.top + phases.length * drawing.row;
  return `<svg viewBox="0 0 ${drawing.width} ${height + 20}" role="img" aria-label="The phases along their time">${outage(report, { begin, x, height })}${bars.join('')}<text x="${drawing.labels}" y="${height + 14}">0 s</text><text x="${drawing.labels + wide}" y="${height + 14}">${seconds(lasts)} s</text></svg>`;
}

interface Scale {
  readonly begin: number;
  readonly height: number;
  readonly x: (milliseconds: number) => number;
}

function outage(
  { phases, outageMilliseconds }: FailoverReport,
  { begin, x, height }: Scale,
): string {
  const fence = phases.find(({ step }) => step === 'fence-begun');
  if (fence === undefined || outageMilliseconds === null) return '';
  const from = Date.parse(fence.startedAt) - begin;
  const [left, right] = [x(from), x(from + outageMilliseconds)];
  return `<rect x="${round(left)}" y="0" width="${round(right - left)}" height="${height}" fill="#b00020" opacity="0.15"><title>nobody accepted writes: ${seconds(outageMilliseconds)} s</title></rect>`;
}

const round = (length: number): number => Math.round(length * 10) / 10;
