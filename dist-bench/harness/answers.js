/** Every answer, by the model that gives it. */
export const ANSWERS = {
    short: makeAnswer('bench:short', 12),
    long: makeAnswer('bench:long', 100),
};
/** What `/api/tags` lists. */
export const TAGS = Buffer.from(JSON.stringify({
    models: Object.keys(ANSWERS).map((size, index) => ({
        name: `bench:${size}`,
        model: `bench:${size}`,
        digest: String(index + 1).repeat(64),
        details: { family: 'bench' },
    })),
}));
function makeAnswer(model, count) {
    const created_at = '2026-01-01T00:00:00.123456789Z';
    const word = ' benchmarks';
    const end = {
        done: true,
        done_reason: 'stop',
        context: [1, 2, 3],
        total_duration: 123456789,
        load_duration: 12345678,
        prompt_eval_count: 8,
        prompt_eval_duration: 1234567,
        eval_count: count,
        eval_duration: 98765432,
    };
    const frames = Array.from({ length: count }, (_, index) => {
        const isLast = index === count - 1;
        const rest = isLast ? { response: '', ...end } : { response: word, done: false };
        return Buffer.from(`${JSON.stringify({ model, created_at, ...rest })}\n`);
    });
    const response = word.repeat(count - 1);
    return {
        frames,
        stream: Buffer.concat(frames),
        whole: Buffer.from(JSON.stringify({ model, created_at, response, ...end })),
    };
}
//# sourceMappingURL=answers.js.map