import { openProbe } from '../harness/probe.js';
import { quantile } from '../harness/statistics.js';
import { toQuestion } from './questions.js';
/** Stands for a person or a script that waits for each answer: one connection, one known question. */
export async function measureHitLatency(field, pairs) {
    const measured = [];
    for (const shape of ['whole', 'stream']) {
        const reprise = await readMedian(field, 'reprise', shape, pairs);
        const fastify = await readMedian(field, 'fastify', shape, pairs);
        measured.push({
            title: `hit, ${shape}, one connection, p50`,
            ms: reprise.p50,
            p99Ms: reprise.p99,
            beside: { name: 'fastify', ms: fastify.p50 },
            targetMs: 1,
        });
    }
    return measured;
}
async function readMedian(field, server, shape, count) {
    const probe = await openProbe(field.servers[server].url);
    const question = toQuestion(server, 'long', shape, 'repeated');
    const times = [];
    // The first ones fill the cache, and warm the compiler up.
    for (let index = -count; index < count; index += 1) {
        const { endMs } = await probe.ask(question);
        if (index >= 0)
            times.push(endMs);
    }
    probe.close();
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
//# sourceMappingURL=hit-latency.js.map