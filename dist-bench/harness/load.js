import autocannon, {} from 'autocannon';
/** Connections of the load; each has one request under way. */
export const CONNECTIONS = 32;
const TIMEOUT_SECONDS = 10;
/** Asks one server for so many seconds. Throws when an answer is not a 2xx. */
export async function runLoad(server, asking, durationSeconds) {
    const before = server.cpuSeconds();
    const result = await autocannon({
        url: server.url,
        connections: CONNECTIONS,
        duration: durationSeconds,
        timeout: TIMEOUT_SECONDS,
        requests: toRequests(asking),
    });
    const after = server.cpuSeconds();
    const requests = result['2xx'];
    if (result.errors + result.timeouts + result.non2xx > 0 || requests === 0) {
        throw new Error(`${server.url}: ${result.errors} errors, ${result.non2xx} answers not 2xx`);
    }
    return {
        requestsPerSecond: requests / result.duration,
        cpuMicroseconds: before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / requests,
        p99Ms: result.latency.p99,
        requests,
    };
}
function toRequests(asking) {
    if (asking.kind === 'in-turn')
        return asking.questions.map(toRequest);
    const { ask } = asking;
    return [{ ...toRequest(ask()), setupRequest: () => toRequest(ask()) }];
}
function toRequest({ method, path, body }) {
    if (body === undefined)
        return { method, path };
    return { method, path, body, headers: { 'content-type': 'application/json' } };
}
//# sourceMappingURL=load.js.map