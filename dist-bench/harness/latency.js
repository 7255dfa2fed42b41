export {};
//# sourceMappingURL=latency.js.map