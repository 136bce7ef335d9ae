import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'decorators/**/*.test.ts', 'test/{system,repo,types,programs}/**/*.test.ts'],
    // Tests run beside each other on few cores, so what a program takes a second for can take several here.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['dot'],
    silent: 'passed-only',
  },
})
