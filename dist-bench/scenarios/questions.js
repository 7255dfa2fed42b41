/** A prompt of the length people write, so that reading it counts. */
const PROMPT = 'Summarise the following note in one sentence, in plain words. '.repeat(8);
let asked = 0;
/** One question to a model, as the server takes it: the bare Fastify has an address for each answer. */
export function toQuestion(server, size, shape, subject) {
    const body = JSON.stringify({
        model: `bench:${size}`,
        prompt: `${PROMPT}${subject}`,
        stream: shape === 'stream',
        options: { temperature: 0 },
    });
    const path = server === 'fastify' ? `/${size}/${shape}` : '/api/generate';
    return { method: 'POST', path, body };
}
/** A question that nobody has asked in this run. */
export function toNewQuestion(server, size, shape) {
    asked += 1;
    return toQuestion(server, size, shape, `new ${asked}`);
}
//# sourceMappingURL=questions.js.map