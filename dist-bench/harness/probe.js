import { connect } from 'node:net';
const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';
/** Opens a connection that asks one question after the other. */
export async function openProbe(url) {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setEncoding('latin1');
    await new Promise((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
    });
    return {
        ask: (question) => exchange(socket, toBytes(question, host)),
        close: () => socket.destroy(),
    };
}
function toBytes({ method, path, body = '' }, host) {
    const type = 'Content-Type: application/json';
    const length = Buffer.byteLength(body);
    return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${type}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}
function exchange(socket, bytes) {
    return new Promise((resolve, reject) => {
        let text = '';
        let bodyAt = -1;
        let firstFrameMs;
        const finish = () => {
            socket.off('data', read).off('close', fail);
        };
        const fail = () => {
            finish();
            reject(new Error('the connection was closed'));
        };
        const read = (chunk) => {
            text += chunk;
            const nowMs = performance.now() - startedAt;
            if (bodyAt < 0 && text.includes(HEAD_END))
                bodyAt = text.indexOf(HEAD_END) + HEAD_END.length;
            if (bodyAt < 0)
                return;
            if (firstFrameMs === undefined && text.indexOf('}', bodyAt) > 0)
                firstFrameMs = nowMs;
            if (firstFrameMs === undefined || !isWhole(text, bodyAt))
                return;
            finish();
            if (!text.startsWith('HTTP/1.1 200'))
                reject(new Error(text.slice(0, 200)));
            resolve({ firstFrameMs, endMs: nowMs });
        };
        socket.on('data', read).on('close', fail);
        const startedAt = performance.now();
        socket.write(bytes);
    });
}
function isWhole(text, bodyAt) {
    const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, bodyAt))?.[1];
    if (length === undefined)
        return text.endsWith(LAST_CHUNK);
    return text.length - bodyAt >= Number(length);
}
//# sourceMappingURL=probe.js.map