import base from './jest.config.js';

/** What is proven with a real Redis: `npm run test:redis`, on a machine that has redis-server (Debian: redis-server, redis-sentinel). */
export default { ...base, testMatch: ['<rootDir>/test/**/*.redis.ts'], testTimeout: 60_000 };
