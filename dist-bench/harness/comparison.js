import { runLoad } from './load.js';
import { toSpread } from './statistics.js';
/** Asks all servers in turn, round after round, each round beginning with the next one. */
export async function compare(scenario, field, effort) {
    const { servers } = scenario;
    const rounds = [];
    for (const server of servers)
        await measure(server, scenario, field, WARM_UP_SECONDS);
    for (let round = 0; round < effort.rounds; round += 1) {
        const measured = new Map();
        for (let turn = 0; turn < servers.length; turn += 1) {
            const server = servers[(round + turn) % servers.length];
            measured.set(server, await measure(server, scenario, field, effort.seconds));
        }
        rounds.push(measured);
    }
    return servers.map((server) => toRow(server, rounds));
}
const WARM_UP_SECONDS = 1;
async function measure(name, scenario, field, seconds) {
    const server = field.servers[name];
    if (!name.startsWith('reprise'))
        return runLoad(server, scenario.asking(name), seconds);
    const before = await countOutcomes(server.url, scenario.outcome);
    const measured = await runLoad(server, scenario.asking(name), seconds);
    const counted = (await countOutcomes(server.url, scenario.outcome)) - before;
    // Rotating questions are misses once; the load generator drops what is under way at its end.
    if (counted >= measured.requests * 0.9 || seconds === WARM_UP_SECONDS)
        return measured;
    throw new Error(`${scenario.title}: ${counted} of ${measured.requests} were a ${scenario.outcome}`);
}
async function countOutcomes(url, outcome) {
    const answer = await fetch(`${url}/reprise/stats`);
    const { requests } = (await answer.json());
    return requests[outcome] ?? Number.NaN;
}
function toRow(server, rounds) {
    const own = rounds.map((round) => round.get(server));
    const cpu = own.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? []);
    const toRatio = (other) => toSpread(own.map(({ requestsPerSecond }, index) => requestsPerSecond / (rounds[index]?.get(other)?.requestsPerSecond ?? Number.NaN)));
    return {
        server,
        requestsPerSecond: toSpread(own.map(({ requestsPerSecond }) => requestsPerSecond)),
        cpuMicroseconds: cpu.length === 0 ? undefined : toSpread(cpu).median,
        p99Ms: toSpread(own.map(({ p99Ms }) => p99Ms)).median,
        ratios: { fastify: toRatio('fastify'), origin: toRatio('origin') },
    };
}
//# sourceMappingURL=comparison.js.map