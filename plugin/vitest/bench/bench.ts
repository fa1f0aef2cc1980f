export { type BenchedRequestOptions, BenchServer, BenchServerError, benchServer } from './bench-server.js'
