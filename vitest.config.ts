import { defineConfig } from 'vitest/config'

// Tests run beside each other on few cores, so what a program takes a second for can take several here.
const timeouts = { testTimeout: 30_000, hookTimeout: 30_000 }

export default defineConfig({
  test: {
    reporters: ['dot'],
    silent: 'passed-only',
    projects: [
      {
        // Rooms keep nothing between two tests, so their files share processes, which saves loading them 120 times.
        test: {
          ...timeouts,
          name: 'rooms',
          include: ['src/**/*.test.ts', 'decorators/**/*.test.ts', 'test/repo/**/*.test.ts'],
          isolate: false,
        },
      },
      {
        test: { ...timeouts, name: 'system', include: ['test/{system,types,programs}/**/*.test.ts'] },
      },
    ],
  },
})
