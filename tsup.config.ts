import { defineConfig } from 'tsup'

// All entries are built together with splitting, so that each class, error table and metadata key exists exactly once.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    framework: 'src/framework/index.ts',
    client: 'src/client/index.ts',
    broker: 'src/broker/index.ts',
    namesrv: 'src/namesrv/index.ts',
    store: 'src/store/index.ts',
    remoting: 'src/remoting/index.ts',
    embedded: 'src/embedded/index.ts',
    'embedded-worker': 'src/embedded/worker.ts',
    cli: 'src/cli/cli.ts',
    mqnamesrv: 'src/cli/mqnamesrv.ts',
    mqbroker: 'src/cli/mqbroker.ts',
    mqadmin: 'src/cli/mqadmin.ts',
    admin: 'src/admin/index.ts',
  },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  sourcemap: true,
  clean: true,
  dts: true,
})
