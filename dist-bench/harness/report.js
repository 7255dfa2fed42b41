import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { CONNECTIONS } from './load.js';
import { ROOT } from './servers.js';
/** A hit must reach this share of the bare Fastify's requests per second. */
const HIT_RATIO = 0.5;
/** Where the machine-readable form of the last run lies. */
export const RESULTS = join(ROOT, 'bench', 'results');
/** The table, as text. */
export function toTable({ compared, latencies, effort, cores }) {
    const binding = cores
        ? `server on core ${cores.server}, load on ${cores.load}`
        : 'cores not bound';
    const title = `${CONNECTIONS} connections, ${effort.rounds} rounds of ${effort.seconds} s, ${binding}`;
    const head = ['', 'requests/s (min–max)', 'p99 ms', 'cpu µs', '÷ fastify', '÷ direct'];
    const lines = compared.flatMap(({ scenario, rows }) => [
        '',
        scenario.title,
        ...rows.map((row) => toLine(toCells(row))),
    ]);
    return [title, toLine(head), ...lines, '', ...latencies.map(toLatencyLine), ''].join('\n');
}
/** One line for each target: reached or missed. */
export function judge({ compared, latencies }) {
    const hits = compared.filter(({ scenario }) => scenario.outcome === 'hit');
    const ratios = hits.flatMap(({ scenario, rows }) => {
        const ratio = rows.find(({ server }) => server === 'reprise')?.ratios.fastify?.median ?? 0;
        return `${verdict(ratio >= HIT_RATIO)} ${scenario.title}: ${ratio.toFixed(2)} × fastify (≥ ${HIT_RATIO})`;
    });
    const waits = latencies.map(({ title, ms, targetMs }) => `${verdict(ms <= targetMs)} ${title}: ${ms.toFixed(3)} ms (≤ ${targetMs})`);
    return [...ratios, ...waits];
}
/** Writes `latest.json`, with what it needs to be compared with another run. */
export function writeResults(findings) {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const versions = { reprise: version, node: process.version, platform: process.platform };
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, loadAverage: loadavg() };
    const body = { date: new Date().toISOString(), versions, machine, ...findings };
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(join(RESULTS, 'latest.json'), `${JSON.stringify(body, null, 2)}\n`);
}
const verdict = (isReached) => (isReached ? 'reached' : 'MISSED ');
function toCells({ server, requestsPerSecond, p99Ms, cpuMicroseconds, ratios }) {
    const { median, min, max } = requestsPerSecond;
    const rate = `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;
    const isReprise = server.startsWith('reprise');
    const cells = [`  ${server}`, rate, p99Ms.toFixed(0), cpuMicroseconds?.toFixed(0) ?? ''];
    return isReprise ? [...cells, toRatio(ratios.fastify), toRatio(ratios.origin)] : cells;
}
function toRatio(spread) {
    if (spread === undefined)
        return '';
    const { median, min, max } = spread;
    return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}
const WIDTHS = [16, 22, 8, 8, 18, 18];
function toLine(cells) {
    return cells
        .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
        .join('')
        .trimEnd();
}
function toLatencyLine({ title, ms, p99Ms, beside }) {
    const numbers = `${ms.toFixed(3)} ms, p99 ${p99Ms.toFixed(3)} ms`;
    return `${title.padEnd(48)}${numbers} (${beside.name} ${beside.ms.toFixed(3)} ms)`;
}
//# sourceMappingURL=report.js.map