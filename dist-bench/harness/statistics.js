/** Median, least and greatest; NaN of nothing. */
export function toSpread(values) {
    return {
        median: quantile(values, 0.5),
        min: Math.min(...values),
        max: Math.max(...values),
    };
}
/** The value below which the share lies, between neighbours by weight. */
export function quantile(values, share) {
    const sorted = values.toSorted((one, other) => one - other);
    const place = (sorted.length - 1) * share;
    const below = sorted[Math.floor(place)] ?? Number.NaN;
    const above = sorted[Math.ceil(place)] ?? Number.NaN;
    return below + (above - below) * (place - Math.floor(place));
}
//# sourceMappingURL=statistics.js.map